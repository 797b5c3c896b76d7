//! Every lock-free file is model-checked as it stands.
//!
//! `loom-tests` includes the file by `#[path]` and supplies loom's atomics for `super::atomic`. Two ways past
//! the models are closed here: a file that no model includes, and a file that takes its atomics from std.
//!
//! Exempt are `mod.rs`, the shim `atomic.rs`, and files whose every function is `const`: constructors, which
//! loom's atomics cannot have, and in which no atomic operation can stand.

use crate::modules::Crate;
use crate::scan;
use crate::test_code;
use crate::tokens::tokens;
use crate::tree::Text;

/// Lock-free files that no `#[path]` in the models names. Test modules need none.
pub(crate) fn missing(lock_free: &[Text], models: &[Text]) -> Vec<String> {
    let included: Vec<String> = models.iter().flat_map(|file| included_by(&file.text)).collect();
    let is_included = |name: &str| included.iter().any(|path| file_name(path) == name);
    let unmodelled = lock_free.iter().filter(|file| {
        let name = file_name(&file.path);
        !matches!(name, "mod.rs" | "atomic.rs" | "tests.rs") && !is_included(name) && !is_constant(&file.text)
    });
    unmodelled.map(|file| format!("{}: no model in loom-tests", file.path)).collect()
}

/// Lock-free files that import atomics or fences past `super::atomic`.
pub(crate) fn atomics_past_the_shim(runtime: &Crate) -> Vec<String> {
    let mut found = Vec::new();
    for (file, module, path) in runtime.names() {
        let [krate, sync, atomic, name, ..] = path.segments.as_slice() else { continue };
        let is_std = matches!(krate.as_str(), "std" | "core") && sync == "sync" && atomic == "atomic";
        if is_std
            && name != "Ordering"
            && module.first().is_some_and(|top| top == "lockfree")
            && file_name(file) != "atomic.rs"
        {
            found.push(format!("{file}:{}: `{}`", path.line, path.segments.join("::")));
        }
    }
    found
}

/// True if there are functions and all of them are `const`.
fn is_constant(source: &str) -> bool {
    let code = test_code::without_tests(&scan::split(source).code).0;
    let tokens = tokens(&code);
    let mut functions = (0..tokens.len()).filter(|&at| tokens[at].text == "fn").peekable();
    functions.peek().is_some() && functions.all(|at| at > 0 && tokens[at - 1].text == "const")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The paths that stand in `#[path = ".."]`.
fn included_by(source: &str) -> Vec<String> {
    let layers = scan::split(source);
    let lines = layers.code.lines().zip(layers.literals.lines());
    let with_path = lines.filter(|(code, _)| {
        let code: String = code.split_whitespace().collect();
        code.starts_with("#[path=")
    });
    with_path.map(|(_, literal)| literal.trim().trim_matches('"').to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{atomics_past_the_shim, missing};
    use crate::modules::Crate;
    use crate::tree::Text;

    #[test]
    fn a_file_without_a_model_is_found() {
        let files = [
            Text::new("lockfree/mod.rs", ""),
            Text::new("lockfree/atomic.rs", ""),
            Text::new("lockfree/statics.rs", "impl Idle { pub const fn new() -> Idle { Idle } }"),
            Text::new("lockfree/inbox.rs", "fn push() {}"),
            Text::new("lockfree/idle.rs", "const fn new() {} fn sleep() {}"),
        ];
        let models =
            [Text::new("m.rs", "#[path = \"../lockfree/inbox.rs\"]\nmod inbox;\n// #[path = \"idle.rs\"]")];
        assert_eq!(missing(&files, &models), ["lockfree/idle.rs: no model in loom-tests"]);
    }

    #[test]
    fn atomics_of_std_are_found() {
        let check = |text: &str| {
            atomics_past_the_shim(&Crate::new("", vec![Text::new("lockfree/idle.rs", text)])).len()
        };
        assert_eq!(check("use super::atomic::AtomicU32; use std::sync::atomic::Ordering;"), 0);
        assert_eq!(check("use core::sync::atomic::{AtomicU32, Ordering, fence};"), 2);
    }
}
