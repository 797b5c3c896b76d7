//! Unsafe code stands only in the files that design.md lists, and each piece has its note.
//!
//! | piece | needs |
//! |---|---|
//! | a block, an impl, an extern block, an attribute | a `SAFETY:` comment on its line or the 8 above |
//! | `unsafe fn`, `unsafe trait` | a `# Safety` section in its documentation |
//! | `unsafe fn` in the impl of a trait | nothing: the contract is the trait's |
//! | `unsafe fn(..)` as a type | nothing |

use crate::scan::{self, Layers};
use crate::tables;
use crate::tokens::{Token, text, tokens};
use crate::tree::Text;

const REACH: usize = 8;

#[derive(Debug, PartialEq)]
enum Piece {
    Comment,
    Documentation,
    Nothing,
}

/// Files with unsafe code that the table does not list, and rows that list none.
pub(crate) fn unlisted(design: &str, files: &[Text]) -> Vec<String> {
    let rows = match tables::rows(design, "unsafe") {
        Ok(rows) => rows,
        Err(error) => return vec![error],
    };
    let entries: Vec<&str> = rows.iter().flat_map(|cells| tables::list(&cells[0])).collect();
    let with_unsafe: Vec<&str> =
        files.iter().filter(|file| has_unsafe(file)).map(|file| file.path.as_str()).collect();
    let unlisted = with_unsafe.iter().filter(|path| !entries.iter().any(|entry| covers(entry, path)));
    let idle = entries.iter().filter(|entry| !with_unsafe.iter().any(|path| covers(entry, path)));
    unlisted
        .map(|path| format!("{path} contains unsafe code and is not in the table"))
        .chain(idle.map(|entry| format!("design.md, unsafe: `{entry}` contains no unsafe code")))
        .collect()
}

/// Unsafe code without its comment or documentation.
pub(crate) fn without_note(files: &[Text]) -> Vec<String> {
    files.iter().flat_map(without_note_in).collect()
}

/// A row names a file, or a folder by a trailing slash.
fn covers(entry: &str, path: &str) -> bool {
    entry == path || entry.ends_with('/') && path.starts_with(entry)
}

fn has_unsafe(file: &Text) -> bool {
    tokens(&scan::split(&file.text).code).iter().any(|token| token.text == "unsafe")
}

fn without_note_in(file: &Text) -> Vec<String> {
    let layers = scan::split(&file.text);
    let tokens = tokens(&layers.code);
    let pieces = (0..tokens.len()).filter(|&at| tokens[at].text == "unsafe");
    pieces
        .filter_map(|at| {
            let line = tokens[at].line;
            let missing = match piece(&tokens, at) {
                Piece::Comment if !has_comment(&layers, line) => "SAFETY:",
                Piece::Documentation if !has_documentation(&layers, line) => "# Safety",
                _ => return None,
            };
            Some(format!("{}:{line}: no `{missing}`", file.path))
        })
        .collect()
}

/// What the `unsafe` at `at` begins.
fn piece(tokens: &[Token<'_>], at: usize) -> Piece {
    let next = if text(tokens, at + 1) == "extern" { at + 2 } else { at + 1 };
    match text(tokens, next) {
        "fn" if text(tokens, next + 1) == "(" => Piece::Nothing,
        "fn" if in_trait_impl(&tokens[..at]) => Piece::Nothing,
        "fn" | "trait" => Piece::Documentation,
        _ => Piece::Comment,
    }
}

/// True if the innermost open brace is that of an `impl Trait for Type`.
fn in_trait_impl(before: &[Token<'_>]) -> bool {
    let mut depth = 0;
    let Some(open) = before.iter().rposition(|token| {
        depth += i32::from(token.text == "{") - i32::from(token.text == "}");
        depth > 0
    }) else {
        return false;
    };
    let header = before[..open].iter().rev().take_while(|token| !matches!(token.text, ";" | "{" | "}"));
    let words: Vec<&str> = header.map(|token| token.text).collect();
    // Read backwards: `for<'a>` is a bound, not the `for` of an impl.
    words.contains(&"impl") && (0..words.len()).any(|i| words[i] == "for" && (i == 0 || words[i - 1] != "<"))
}

fn has_comment(layers: &Layers, line: usize) -> bool {
    let first = line.saturating_sub(REACH + 1);
    layers.comments.lines().take(line).skip(first).any(|comment| comment.contains("SAFETY:"))
}

/// Looks through the comments and attributes right above.
fn has_documentation(layers: &Layers, line: usize) -> bool {
    let lines: Vec<(&str, &str)> = layers.comments.lines().zip(layers.code.lines()).collect();
    lines[..line - 1]
        .iter()
        .rev()
        .take_while(|(comment, code)| !comment.trim().is_empty() || code.trim().starts_with("#["))
        .any(|(comment, _)| comment.contains("# Safety"))
}

#[cfg(test)]
mod tests {
    use super::{unlisted, without_note};
    use crate::tree::Text;

    fn missing(text: &str) -> Vec<String> {
        without_note(&[Text::new("a.rs", text)])
    }

    #[test]
    fn blocks_and_impls_need_a_comment() {
        assert_eq!(missing("fn f() {\n    unsafe { g() }\n}"), ["a.rs:2: no `SAFETY:`"]);
        assert!(missing("// SAFETY: by 3.\nunsafe { g() }").is_empty());
        assert!(missing("unsafe { g() } // SAFETY: by 3.").is_empty());
        assert!(
            missing(&format!("// SAFETY: by 3.{}unsafe impl Send for A {{}}", "\n".repeat(8))).is_empty()
        );
        assert_eq!(
            missing(&format!("// SAFETY: by 3.{}unsafe impl Send for A {{}}", "\n".repeat(9))).len(),
            1
        );
        assert_eq!(missing("f(\"SAFETY: no\");\nunsafe extern \"C\" { fn g(); }").len(), 1);
    }

    #[test]
    fn functions_and_traits_need_a_section() {
        assert_eq!(missing("/// F.\npub unsafe fn f() {}"), ["a.rs:2: no `# Safety`"]);
        assert_eq!(missing("unsafe trait T {}").len(), 1);
        assert!(missing("/// # Safety\n/// By 3.\n#[inline]\npub unsafe extern \"C\" fn f() {}").is_empty());
        assert_eq!(missing("/// # Safety\nfn g() {}\nunsafe fn f() {}").len(), 1);
    }

    #[test]
    fn some_need_nothing() {
        assert!(missing("type F = unsafe extern \"C\" fn(u8);").is_empty());
        assert!(missing("impl T for A { fn g() { {} } unsafe fn f() {} }").is_empty());
        assert_eq!(missing("impl A { unsafe fn f() where for<'a> B: C<'a> {} }").len(), 1);
        assert!(missing("#![deny(unsafe_op_in_unsafe_fn)] // unsafe").is_empty());
    }

    #[test]
    fn the_table_lists_exactly_the_files_with_unsafe() {
        let table = "<!-- unsafe:begin -->\n| file | why |\n|---|---|\n| `a.rs` | - |\n\
            | `b/` | - |\n| `c.rs` | - |\n<!-- unsafe:end -->";
        let files = [
            Text::new("a.rs", "unsafe {}"),
            Text::new("b/x.rs", "unsafe {}"),
            Text::new("c.rs", "// unsafe"),
            Text::new("d.rs", "unsafe {}"),
        ];
        assert_eq!(
            unlisted(table, &files),
            [
                "d.rs contains unsafe code and is not in the table",
                "design.md, unsafe: `c.rs` contains no unsafe code",
            ]
        );
    }
}
