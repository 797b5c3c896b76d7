//! A module imports only from the floors below it, and from those that share its row.

use crate::modules::Crate;
use crate::tables;
use std::collections::HashMap;

/// Where a module stands. Modules of one row know each other; two rows with one number do not.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Floor {
    number: u32,
    row: usize,
}

/// `design` is the text of design.md.
pub(crate) fn breaches(design: &str, tree: &Crate) -> Vec<String> {
    let rows = match tables::rows(design, "floors") {
        Ok(rows) => rows,
        Err(error) => return vec![error],
    };
    let (floors, mut found) = floors(&rows);
    found.extend(disagreements(&floors, &tree.top_level()));
    found.extend(climbs(&floors, tree));
    found
}

/// The table as a map, and what is wrong with it.
fn floors(rows: &[Vec<String>]) -> (HashMap<String, Floor>, Vec<String>) {
    let mut floors = HashMap::new();
    let mut wrong = Vec::new();
    for (row, cells) in rows.iter().enumerate() {
        let [number, modules, ..] = cells.as_slice() else {
            wrong.push(format!("design.md, floors: row {} needs a floor and a module", row + 1));
            continue;
        };
        let Ok(number) = number.parse() else {
            wrong.push(format!("design.md, floors: `{number}` is no floor number"));
            continue;
        };
        for module in tables::list(modules) {
            if floors.insert(module.to_owned(), Floor { number, row }).is_some() {
                wrong.push(format!("design.md, floors: `{module}` stands on two rows"));
            }
        }
    }
    (floors, wrong)
}

/// The table and the tree must name the same modules.
fn disagreements(floors: &HashMap<String, Floor>, modules: &[String]) -> Vec<String> {
    let unlisted = modules.iter().filter(|module| !floors.contains_key(*module));
    let mut listed: Vec<&String> = floors.keys().filter(|module| !modules.contains(module)).collect();
    listed.sort();
    unlisted
        .map(|module| format!("design.md, floors: module `{module}` of runtime/src is missing"))
        .chain(
            listed
                .into_iter()
                .map(|module| format!("design.md, floors: runtime/src has no module `{module}`")),
        )
        .collect()
}

fn climbs(floors: &HashMap<String, Floor>, tree: &Crate) -> Vec<String> {
    let mut found = Vec::new();
    for import in tree.imports() {
        let Some(from) = import.from.first() else { continue }; // the roof sees everything
        let place = format!("{}:{}: `{}`", import.file, import.line, import.text);
        let Some(to) = import.to.first() else {
            found.push(format!("{place} names the roof, lib.rs, which stands above all floors"));
            continue;
        };
        let (Some(low), Some(high)) = (floors.get(from), floors.get(to)) else { continue };
        if from != to && low.row != high.row && high.number >= low.number {
            let (low, high) = (low.number, high.number);
            found.push(format!("{place} reaches from `{from}` (floor {low}) to `{to}` (floor {high})"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::breaches;
    use crate::modules::Crate;
    use crate::tree::Text;

    const TABLE: &str = "<!-- floors:begin -->
| floor | module | knows |
|---|---|---|
| 1 | `sys` | - |
| 2 | `timer`, `netpoll` | - |
| 2 | `trace` | - |
| 3 | `sched` | - |
<!-- floors:end -->";

    fn check(changed: &str, text: &str) -> Vec<String> {
        let mut files = vec![Text::new(changed, text)];
        for name in ["lib.rs", "sys.rs", "timer.rs", "netpoll/mod.rs", "trace.rs", "sched/mod.rs"] {
            if name != changed {
                files.push(Text::new(name, ""));
            }
        }
        breaches(TABLE, &Crate::new("", files))
    }

    #[test]
    fn down_and_beside_is_fine() {
        assert!(check("sched/mod.rs", "use crate::{sys::Fd, timer::Heap};").is_empty());
        assert!(check("timer.rs", "use crate::netpoll::Shard;").is_empty());
        assert!(check("lib.rs", "mod sched; pub use crate::sched::Machine;").is_empty());
    }

    #[test]
    fn up_is_a_breach() {
        let found = check("netpoll/epoll.rs", "use crate::{\n  sys,\n  sched::Machine,\n};");
        let [breach] = found.as_slice() else { panic!("{found:?}") };
        assert!(breach.starts_with("netpoll/epoll.rs:3: `crate::sched::Machine`"), "{breach}");
        assert!(breach.ends_with("from `netpoll` (floor 2) to `sched` (floor 3)"), "{breach}");
        assert_eq!(check("sys.rs", "fn f() { super::sched::wake() }").len(), 1);
    }

    #[test]
    fn another_row_of_the_same_floor_is_a_breach() {
        assert_eq!(check("timer.rs", "use crate::trace::emit;").len(), 1);
    }

    #[test]
    fn the_roof_is_nobodys_import() {
        assert!(check("sys.rs", "use crate::Thing;")[0].contains("names the roof"));
    }

    #[test]
    fn table_and_tree_must_agree() {
        let found = check("park.rs", "");
        assert_eq!(found, ["design.md, floors: module `park` of runtime/src is missing"]);
        let found = breaches(TABLE, &Crate::new("", vec![Text::new("sys.rs", "")]));
        assert_eq!(found[0], "design.md, floors: runtime/src has no module `netpoll`");
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn a_broken_table_is_a_breach() {
        let table = "<!-- floors:begin -->\n|f|m|\n|-|-|\n| one | a |\n| 2 | sys, sys |\n<!-- floors:end -->";
        assert_eq!(breaches(table, &Crate::new("", vec![Text::new("sys.rs", "")])).len(), 2);
        assert_eq!(breaches("", &Crate::new("", Vec::new())).len(), 1);
    }
}
