//! The example `troubles` tells of its four troubles, with whoever is to blame and the lines. It has a process to itself,
//! since a dump is of a whole process.

#[path = "../../tests/process/child.rs"]
mod child;
#[path = "../troubles.rs"]
mod troubles;

use child::in_child;

const SOURCE: &str = include_str!("../troubles.rs");

/// The place of `code`, as a dump tells it.
#[track_caller]
fn place(code: &str) -> String {
    let found: Vec<_> = (1..).zip(SOURCE.lines()).filter(|(_, line)| line.contains(code)).collect();
    assert_eq!(found.len(), 1, "where is {code:?}? {found:?}");
    format!("troubles.rs:{}", found[0].0)
}

/// What is told of the coroutine of this name.
#[track_caller]
fn told<'a>(dump: &'a str, name: &str) -> &'a str {
    let name = format!(" '{name}': ");
    dump.split("\n\n").find(|one| one.contains(&name)).unwrap_or_else(|| panic!("no{name}in\n{dump}"))
}

/// The number of the coroutine of this name.
fn number<'a>(dump: &'a str, name: &str) -> &'a str {
    told(dump, name).split(' ').nth(1).expect("`coroutine 7 'name'`")
}

#[track_caller]
fn tells(text: &str, parts: &[&str]) {
    parts.iter().for_each(|part| assert!(text.contains(part), "no {part:?} in\n{text}"));
}

#[test]
fn the_dump_names_the_four() {
    let environment = [("GOPARK_WORKERS", "2")];
    let ended = in_child(the_dump_names_the_four, &environment, || troubles::main().unwrap());
    let said = ended.stdout.clone();
    ended.succeeded();
    let (dump, figures) = said.split_once("metrics after a second").expect("both");

    let crosses = place("others.lock()");
    for (one, other) in [("left", "right"), ("right", "left")] {
        let holder = format!("held by coroutine {} ", number(dump, other));
        tells(told(dump, one), &["waiting for ", "for mutex 0x", &holder, &crosses]);
    }

    let channel = "(capacity 4, senders 1, receivers 1, made at ";
    tells(told(dump, "heir"), &[channel, &place("bounded(4)"), &place("values.iter()")]);

    tells(told(dump, "dozer"), &["running for ", &place("std::thread::sleep(2")]);
    tells(dump, &[&format!("stuck in coroutine {};", number(dump, "dozer"))]);

    tells(told(dump, "dawdler"), &["asleep, due in ", &place("time::sleep(2")]);
    let waiters = dump.split("\n\n").find(|one| one.starts_with("5 coroutines: ")).expect("they wait alike");
    let holder = format!("held by coroutine {} ", number(dump, "dawdler"));
    tells(waiters, &[&holder, &place("*total.lock() += 1")]);

    tells(
        figures,
        &["stalls 1,", "metrics after three seconds", "lengths of stalls: 1 values", "abandoned: [Aban"],
    );
}
