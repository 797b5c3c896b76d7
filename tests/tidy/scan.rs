//! Telling code from comments and literals.
//!
//! [`split`] deals the characters of a Rust file out to three layers of equal shape: every character stands
//! in exactly one of them and is a space in the others, and line breaks stand in all three. So line and
//! column mean the same everywhere.

/// A Rust file, dealt out.
pub(crate) struct Layers {
    pub(crate) code: String,
    /// Strings and characters, with their quotes and prefixes.
    pub(crate) literals: String,
    /// Comments, with their slashes.
    pub(crate) comments: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Layer {
    Code,
    Literal,
    Comment,
}

pub(crate) fn split(text: &str) -> Layers {
    let chars: Vec<char> = text.chars().collect();
    let mut layers = Layers { code: String::new(), literals: String::new(), comments: String::new() };
    let mut at = 0;
    while at < chars.len() {
        let (layer, length) = piece(&chars, at);
        for &c in &chars[at..at + length] {
            let blank = if c == '\n' { '\n' } else { ' ' };
            layers.code.push(if layer == Layer::Code { c } else { blank });
            layers.literals.push(if layer == Layer::Literal { c } else { blank });
            layers.comments.push(if layer == Layer::Comment { c } else { blank });
        }
        at += length;
    }
    layers
}

/// The piece that starts at `at`: what it is and how many characters it has, at least one.
fn piece(chars: &[char], at: usize) -> (Layer, usize) {
    let rest = &chars[at..];
    match rest {
        ['/', '/', ..] => (Layer::Comment, rest.iter().position(|&c| c == '\n').unwrap_or(rest.len())),
        ['/', '*', ..] => (Layer::Comment, block_comment(rest)),
        ['"', ..] => (Layer::Literal, quoted(rest, '"')),
        ['\'', ..] => character(rest),
        [c, ..] if is_word(*c) => word(rest),
        _ => (Layer::Code, 1),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Rust's block comments nest.
fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// From an opening quote to just behind the closing one.
fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `'x'` and `'\n'` are literals; `'a` is a lifetime, and code.
fn character(rest: &[char]) -> (Layer, usize) {
    match rest {
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => (Layer::Literal, quoted(rest, '\'')),
        _ => (Layer::Code, 1),
    }
}

/// A word is code, unless it turns out to be the prefix of a literal: `b'x'`, `c".."`, `br#".."#`.
fn word(rest: &[char]) -> (Layer, usize) {
    let length = rest.iter().position(|&c| !is_word(c)).unwrap_or(rest.len());
    let prefix: String = rest[..length].iter().collect();
    let after = &rest[length..];
    match (prefix.as_str(), after.first()) {
        ("b" | "c", Some('"')) => (Layer::Literal, length + quoted(after, '"')),
        ("b", Some('\'')) => (Layer::Literal, length + quoted(after, '\'')),
        ("r" | "br" | "cr", Some('"' | '#')) => match raw_string(after) {
            Some(raw) => (Layer::Literal, length + raw),
            None => (Layer::Code, length), // r#type, a raw identifier
        },
        _ => (Layer::Code, length),
    }
}

/// From the first `#` or quote to behind the last `#`; `None` if no quote follows the hashes.
fn raw_string(rest: &[char]) -> Option<usize> {
    let hashes = rest.iter().take_while(|&&c| c == '#').count();
    if rest.get(hashes) != Some(&'"') {
        return None;
    }
    let closes =
        |at: usize| rest[at] == '"' && rest[at + 1..].iter().take_while(|&&c| c == '#').count() >= hashes;
    Some((hashes + 1..rest.len()).find(|&at| closes(at)).map_or(rest.len(), |at| at + 1 + hashes))
}

#[cfg(test)]
mod tests {
    use super::split;

    fn code(text: &str) -> String {
        split(text).code
    }

    #[test]
    fn comments_are_no_code() {
        assert_eq!(code("a // b\nc"), "a     \nc");
        assert_eq!(code("a /* b /* c */ d */ e"), "a                   e");
        assert_eq!(split("a /// b").comments, "  /// b");
    }

    #[test]
    fn literals_are_no_code() {
        assert_eq!(code(r#"f("a\"b", x)"#), "f(      , x)");
        assert_eq!(code(r##"r#"a"b"# c"##), "         c");
        assert_eq!(code(r#"b"// x" y"#), "        y");
        assert_eq!(code(r#"c"x" b'"' y"#), "          y");
        assert_eq!(split(r#"path = "a.rs""#).literals, r#"       "a.rs""#);
    }

    #[test]
    fn lifetimes_are_code_and_characters_are_not() {
        assert_eq!(code("&'a str"), "&'a str");
        assert_eq!(code("['\"', 'x', '\\'', '/']"), "[   ,    ,     ,    ]");
    }

    #[test]
    fn raw_identifiers_are_code() {
        assert_eq!(code("r#type r#fn"), "r#type r#fn");
    }

    #[test]
    fn the_layers_have_the_same_lines() {
        let layers = split("a\n/* b\nc */ \"d\ne\" f");
        for layer in [&layers.code, &layers.literals, &layers.comments] {
            assert_eq!(layer.lines().count(), 4);
        }
    }
}
