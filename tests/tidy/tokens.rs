//! Words and signs of a code layer.

/// A word, `::`, or a single sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// Counted from 1.
    pub(crate) line: usize,
    /// The byte at which it starts.
    pub(crate) start: usize,
}

impl Token<'_> {
    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
    }
}

/// Reads code, with comments and literals already blanked. `r#type` is the word `type`.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut line = 1;
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let start = code.len() - rest.len();
        let length = length_of_first(rest, c);
        if c == '\n' {
            line += 1;
        } else if !c.is_whitespace() {
            let text = rest[..length].trim_start_matches("r#");
            found.push(Token { text, line, start });
        }
        rest = &rest[length..];
    }
    found
}

fn length_of_first(rest: &str, c: char) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let raw = if rest.starts_with("r#") { 2 } else { 0 };
    if is_part(c) {
        raw + rest[raw..].find(|c| !is_part(c)).unwrap_or(rest.len() - raw)
    } else if rest.starts_with("::") {
        2
    } else {
        c.len_utf8()
    }
}

/// The text at `at`, or nothing behind the end: so that looking ahead needs no care.
pub(crate) fn text<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.text)
}

/// True if the texts from `at` on are these.
pub(crate) fn starts_with(tokens: &[Token<'_>], at: usize, expected: &[&str]) -> bool {
    expected.iter().enumerate().all(|(i, &word)| text(tokens, at + i) == word)
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn words_and_signs() {
        let found = tokens("use a::{b_1};\nr#type é");
        let texts: Vec<&str> = found.iter().map(|token| token.text).collect();
        assert_eq!(texts, ["use", "a", "::", "{", "b_1", "}", ";", "type", "é"]);
        assert_eq!((found[0].line, found[7].line, found[7].start), (1, 2, 14));
    }
}
