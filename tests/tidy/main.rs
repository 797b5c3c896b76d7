//! The style rules of this repository, as a test.
//!
//! `design.md` states the rules that need a table (the floors, where unsafe code may stand);
//! `CONTRIBUTING.md` states the others in words. Each test below reads the tree as it is, collects **all**
//! breaches of one rule and fails with the list. The pieces are tested on small strings in their own files,
//! so that a rule is seen to fail as well as to pass.
//!
//! From the ground up: `tree` finds files, `scan` tells code from comments and literals, `tokens`, `items`
//! and `test_code` read code, `modules` resolves imports, `tables` reads Markdown tables; the other files
//! hold one rule each.

mod circles;
mod floors;
mod items;
mod links;
mod models;
mod modules;
mod scan;
mod shape;
mod tables;
mod test_code;
mod tokens;
mod tree;
mod unsafe_ledger;

use modules::Crate;

/// The folders that hold what we ship.
const PRODUCT: [&str; 5] = ["src", "runtime/src", "net/src", "pool/src", "examples"];
/// Every folder with Rust files.
const EVERYTHING: [&str; 9] =
    ["src", "runtime", "net", "pool", "examples", "loom-tests", "tests", "benches", "fuzz"];

#[test]
fn imports_go_down_the_floors() {
    let design = tree::read("design.md");
    report("imports that climb the floors of design.md", floors::breaches(&design, &runtime()));
}

#[test]
fn modules_form_no_circle() {
    let mut found = circles::breaches(&runtime());
    for folder in ["net/src", "pool/src"] {
        found.extend(circles::breaches(&Crate::new(folder, tree::rust_files(&[folder]))));
    }
    report("circles of imports", found);
}

#[test]
fn unsafe_stands_only_where_the_ledger_says() {
    let design = tree::read("design.md");
    report("breaches of design.md's unsafe table", unsafe_ledger::unlisted(&design, &product()));
}

#[test]
fn every_unsafe_has_its_note() {
    report("unsafe without its note", unsafe_ledger::without_note(&product()));
}

#[test]
fn files_stay_small() {
    report("files that hold more than one concept", shape::too_long(&product()));
}

#[test]
fn names_say_what_is_inside() {
    report("names that say nothing", shape::empty_names(&everything()));
}

#[test]
fn nothing_is_left_over() {
    report("leftovers", shape::leftovers(&everything()));
}

#[test]
fn lock_free_files_have_models() {
    let files = tree::rust_files(&["runtime/src/lockfree"]);
    let models = tree::rust_files(&["loom-tests"]);
    report("lock-free files without a model", models::missing(&files, &models));
}

#[test]
fn lock_free_files_take_atomics_from_the_shim() {
    report("atomics that loom cannot see", models::atomics_past_the_shim(&runtime()));
}

#[test]
fn links_resolve() {
    report("dead links", links::breaches(&tree::documents()));
}

fn runtime() -> Crate {
    Crate::new("runtime/src", tree::rust_files(&["runtime/src"]))
}

fn product() -> Vec<tree::Text> {
    tree::rust_files(&PRODUCT)
}

fn everything() -> Vec<tree::Text> {
    tree::rust_files(&EVERYTHING)
}

#[track_caller]
fn report(what: &str, breaches: Vec<String>) {
    assert!(breaches.is_empty(), "{what}: {}\n  {}\n", breaches.len(), breaches.join("\n  "));
}
