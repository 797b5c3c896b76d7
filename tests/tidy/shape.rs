//! What a file may look like: short, named after what is inside, with nothing left over.

use crate::scan;
use crate::test_code;
use crate::tokens::{text, tokens};
use crate::tree::Text;

/// The guide says 70 to 250; beyond this a file has more than one concept.
const MOST_LINES: usize = 400;
const EMPTY_NAMES: [&str; 4] = ["utils", "common", "helpers", "misc"];
const UNFINISHED_WORDS: [&str; 3] = ["TODO", "FIXME", "XXX"];
const UNFINISHED_MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// Files over the limit, test code not counted.
pub(crate) fn too_long(files: &[Text]) -> Vec<String> {
    let product = files.iter().filter(|file| !is_test(&file.path));
    product
        .filter_map(|file| {
            let lines = lines_of_product(&file.text);
            (lines > MOST_LINES).then(|| format!("{}: {lines} lines, at most {MOST_LINES}", file.path))
        })
        .collect()
}

/// Files and folders whose name would fit any content.
pub(crate) fn empty_names(files: &[Text]) -> Vec<String> {
    let is_empty = |path: &str| path.split(['/', '.']).any(|part| EMPTY_NAMES.contains(&part));
    files.iter().filter(|file| is_empty(&file.path)).map(|file| file.path.clone()).collect()
}

/// Marks of unfinished work, in code or comments.
pub(crate) fn leftovers(files: &[Text]) -> Vec<String> {
    files.iter().flat_map(leftovers_in).collect()
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

fn lines_of_product(source: &str) -> usize {
    let code = scan::split(source).code;
    let blanked = test_code::without_tests(&code).0;
    // A line belongs to the tests if blanking the tests took code away from it; blank lines and comments
    // inside them count towards the file, which is on the strict side.
    let tests = code.lines().zip(blanked.lines()).filter(|(before, after)| before != after).count();
    source.lines().count() - tests
}

fn leftovers_in(file: &Text) -> Vec<String> {
    let layers = scan::split(&file.text);
    let code = tokens(&layers.code);
    let comments = tokens(&layers.comments);
    let words = code.iter().chain(&comments).filter(|token| UNFINISHED_WORDS.contains(&token.text));
    let is_macro = |at: &usize| UNFINISHED_MACROS.contains(&code[*at].text) && text(&code, at + 1) == "!";
    let macros = (0..code.len()).filter(is_macro).map(|at| &code[at]);
    words.chain(macros).map(|token| format!("{}:{}: `{}`", file.path, token.line, token.text)).collect()
}

#[cfg(test)]
mod tests {
    use super::{empty_names, leftovers, too_long};
    use crate::tree::Text;

    #[test]
    fn length_is_limited_outside_tests() {
        let long = "a();\n".repeat(401);
        let check = |path: &str, text: &str| too_long(&[Text::new(path, text)]);
        assert_eq!(check("src/a.rs", &long), ["src/a.rs: 401 lines, at most 400"]);
        assert!(check("src/a.rs", &long[5..]).is_empty());
        assert!(check("src/a/tests.rs", &long).is_empty());
        assert!(check("src/a.rs", &format!("a();\n#[cfg(test)]\nmod tests {{\n{long}}}\n")).is_empty());
    }

    #[test]
    fn names_are_checked_part_by_part() {
        let files =
            ["a/utils/b.rs", "a/common.rs", "a/helpers.rs", "a/commonwealth.rs"].map(|p| Text::new(p, ""));
        assert_eq!(empty_names(&files).len(), 3);
    }

    #[test]
    fn leftovers_are_found_in_code_and_comments() {
        let check = |text: &str| leftovers(&[Text::new("a.rs", text)]).len();
        assert_eq!(check("// TODO: x\nfn f() { todo!() }\n/* FIXME */ dbg!(x); // XXX"), 5);
        assert_eq!(check("let todo = \"TODO\"; // TODOS of XXXX"), 0);
    }
}
