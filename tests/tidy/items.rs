//! What a file names and what it defines: its paths into its own crate, and its macros.

use crate::tokens::{Token, starts_with, text, tokens};

/// A path as written: `crate::a::b` in an expression, or one leaf of a `use` tree.
#[derive(Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    /// The name it has here, for a `use`: its last segment, or what stands behind `as`.
    pub(crate) bound_as: Option<String>,
    /// The inline modules around it, outermost first.
    pub(crate) scope: Vec<String>,
    pub(crate) line: usize,
}

/// Every leaf of every `use`, and every path elsewhere that starts with `crate`, `self` or `super`.
pub(crate) fn paths(code: &str) -> Vec<Path> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut scopes = Scopes::default();
    let mut at = 0;
    while at < tokens.len() {
        scopes.pass(&tokens, at);
        let first_new = found.len();
        // `use<'a>` is a capture list, not an import.
        if tokens[at].text == "use" && text(&tokens, at + 1) != "<" {
            at = use_tree(&tokens, at + 1, &[], &mut found);
        } else if starts_inner_path(&tokens, at) {
            at = plain_path(&tokens, at, &mut found);
        } else {
            at += 1;
        }
        for path in &mut found[first_new..] {
            path.scope = scopes.names();
        }
    }
    found
}

/// The inline modules that are open, each with the depth of its brace.
#[derive(Default)]
struct Scopes {
    depth: usize,
    open: Vec<(String, usize)>,
}

impl Scopes {
    fn pass(&mut self, tokens: &[Token<'_>], at: usize) {
        match tokens[at].text {
            "{" => {
                self.depth += 1;
                if at >= 2 && tokens[at - 2].text == "mod" {
                    self.open.push((tokens[at - 1].text.to_owned(), self.depth));
                }
            }
            "}" => {
                self.open.retain(|(_, depth)| *depth < self.depth);
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn names(&self) -> Vec<String> {
        self.open.iter().map(|(name, _)| name.clone()).collect()
    }
}

fn starts_inner_path(tokens: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |before| tokens[before].text);
    // `pub(in crate::a)` is a visibility; `$crate::a` in a macro is a path of whoever uses it.
    matches!(tokens[at].text, "crate" | "self" | "super")
        && text(tokens, at + 1) == "::"
        && !matches!(before, "::" | "in" | "$")
}

/// Reads `crate::a::b`; returns the place behind it.
fn plain_path(tokens: &[Token<'_>], mut at: usize, found: &mut Vec<Path>) -> usize {
    let line = tokens[at].line;
    let mut segments = vec![tokens[at].text.to_owned()];
    at += 1;
    while text(tokens, at) == "::" && tokens.get(at + 1).is_some_and(Token::is_word) {
        segments.push(tokens[at + 1].text.to_owned());
        at += 2;
    }
    found.push(Path { segments, bound_as: None, scope: Vec::new(), line });
    at
}

/// Reads one branch of a `use` tree and all its leaves; returns the place behind it.
fn use_tree(tokens: &[Token<'_>], mut at: usize, prefix: &[String], found: &mut Vec<Path>) -> usize {
    let mut segments = prefix.to_vec();
    loop {
        let token = text(tokens, at);
        let line = tokens.get(at).map_or(0, |token| token.line);
        match token {
            "::" => at += 1,
            "{" => {
                at += 1;
                while !matches!(text(tokens, at), "}" | "") {
                    at = use_tree(tokens, at, &segments, found);
                    at += usize::from(text(tokens, at) == ",");
                }
                return at + 1;
            }
            _ if !tokens.get(at).is_some_and(Token::is_word) && token != "*" => return at,
            _ => {
                // `a::{self}` is `a`; `self::a` keeps its first word.
                if token != "self" || segments.is_empty() {
                    segments.push(token.to_owned());
                }
                at += 1;
                if text(tokens, at) != "::" {
                    let renamed = text(tokens, at) == "as";
                    let name = if renamed { text(tokens, at + 1) } else { segments.last().map_or("", |s| s) };
                    let bound_as = Some(name.to_owned());
                    found.push(Path { segments, bound_as, scope: Vec::new(), line });
                    return at + 2 * usize::from(renamed);
                }
            }
        }
    }
}

/// The names of the macros a file defines.
pub(crate) fn macros(code: &str) -> Vec<String> {
    let tokens = tokens(code);
    let defines = |at: &usize| starts_with(&tokens, *at, &["macro_rules", "!"]);
    (0..tokens.len()).filter(defines).map(|at| text(&tokens, at + 2).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{macros, paths};

    fn texts(code: &str) -> Vec<String> {
        paths(code).iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn braces_nest() {
        let code = "use crate::{a::{self, b}, c::*, d as e};";
        assert_eq!(texts(code), ["crate::a", "crate::a::b", "crate::c::*", "crate::d"]);
        assert_eq!(paths(code)[3].bound_as.as_deref(), Some("e"));
    }

    #[test]
    fn leaves_know_their_line() {
        let lines: Vec<usize> =
            paths("use crate::{\n a,\n b,\n};\ncrate::c::d()").iter().map(|p| p.line).collect();
        assert_eq!(lines, [2, 3, 5]);
    }

    #[test]
    fn paths_in_expressions_count() {
        assert_eq!(texts("fn f() { super::a::g::<u8>(); $crate::b::C {} }"), ["super::a::g"]);
        assert_eq!(texts("pub(in crate::a) fn f(self) -> impl X + use<'_> {}"), Vec::<String>::new());
    }

    #[test]
    fn inline_modules_are_scopes() {
        let found = paths("mod a { mod b { use super::x; } use self::y; } use super::z;");
        let scopes: Vec<String> = found.iter().map(|path| path.scope.join("::")).collect();
        assert_eq!(scopes, ["a::b", "a", ""]);
    }

    #[test]
    fn macros_are_found() {
        assert_eq!(macros("macro_rules! transition { () => {} }"), ["transition"]);
    }
}
