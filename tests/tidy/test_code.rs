//! Test code inside product files: it may import what it likes, and its lines do not count.

use crate::tokens::{Token, starts_with, text, tokens};

/// The code with every item under `#[cfg(test)]` blanked, and the names of the test modules that are files of
/// their own.
pub(crate) fn without_tests(code: &str) -> (String, Vec<String>) {
    let tokens = tokens(code);
    let mut blanked = code.as_bytes().to_vec();
    let mut modules = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !(starts_with(&tokens, at, &["#", "[", "cfg", "(", "test", ")", "]"])
            || starts_with(&tokens, at, &["#", "[", "cfg", "(", "all", "(", "test", ","]))
        {
            at += 1;
            continue;
        }
        let item = behind_attributes(&tokens, at);
        let end = behind_item(&tokens, item);
        if let Some(name) = module_in_a_file(&tokens[item..end]) {
            modules.push(name);
        }
        let last_byte = tokens.get(end).map_or(code.len(), |token| token.start);
        for byte in &mut blanked[tokens[at].start..last_byte] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    (String::from_utf8(blanked).expect("whole items were blanked"), modules)
}

/// `mod name;`, whatever stands before it.
fn module_in_a_file(item: &[Token<'_>]) -> Option<String> {
    let at = item.iter().position(|token| token.text == "mod")?;
    (text(item, at + 2) == ";").then(|| text(item, at + 1).to_owned())
}

fn behind_attributes(tokens: &[Token<'_>], mut at: usize) -> usize {
    while starts_with(tokens, at, &["#", "["]) {
        at = behind_group(tokens, at + 1);
    }
    at
}

/// Behind the bracket that closes the one at `at`.
fn behind_group(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0;
    for (offset, token) in tokens[at..].iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + offset + 1;
        }
    }
    tokens.len()
}

/// An item ends with its first `;` or `{ .. }`, or where the block around it does.
fn behind_item(tokens: &[Token<'_>], mut at: usize) -> usize {
    while at < tokens.len() {
        match tokens[at].text {
            ";" => return at + 1,
            "{" => return behind_group(tokens, at),
            "(" | "[" => at = behind_group(tokens, at),
            "}" => return at,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::without_tests;

    #[test]
    fn test_code_is_blanked() {
        let code = "a;\n#[cfg(test)]\n#[allow(x)]\nmod tests { b(); { c } }\nd;";
        assert_eq!(without_tests(code).0.split_whitespace().collect::<String>(), "a;d;");
        assert_eq!(without_tests("#[cfg(test)]\nmod checks;\nmod a;").1, ["checks"]);
        assert_eq!(without_tests("#[cfg(not(test))] mod a;").0, "#[cfg(not(test))] mod a;");
        assert_eq!(
            without_tests("fn f() { #[cfg(test)] g() } h").0.trim_end(),
            "fn f() {                  } h"
        );
    }
}
