//! What a client may ask for.

/// What a line says.
#[derive(Debug, PartialEq)]
pub(crate) enum Command<'a> {
    Say(&'a str),
    Join(&'a str),
    Leave,
    Nick(&'a str),
    Who,
    /// It is not understood; this tells why.
    Wrong(&'static str),
}

/// Names of rooms and clients are no longer than this, in bytes.
const NAME_BYTES: usize = 32;

/// Understands a line.
pub(crate) fn parse(line: &str) -> Command<'_> {
    let line = line.trim();
    let Some(command) = line.strip_prefix('/') else { return Command::Say(line) };
    let (verb, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    match (verb, rest.trim_start()) {
        ("join", room) if is_name(room) => Command::Join(room),
        ("nick", name) if is_name(name) => Command::Nick(name),
        ("join" | "nick", _) => Command::Wrong("a name has 1 to 32 bytes: letters, digits, - and _"),
        ("leave", "") => Command::Leave,
        ("who", "") => Command::Who,
        _ => Command::Wrong("there are /join room, /leave, /nick name and /who"),
    }
}

fn is_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    (1..=NAME_BYTES).contains(&text.len()) && text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::{Command, parse};

    #[test]
    fn lines_without_a_stroke_are_said() {
        assert_eq!(parse(" hello /join \n"), Command::Say("hello /join"));
        assert_eq!(parse("  "), Command::Say(""));
    }

    #[test]
    fn commands_are_understood() {
        assert_eq!(parse("/join garden"), Command::Join("garden"));
        assert_eq!(parse("/join\t garden "), Command::Join("garden"));
        assert_eq!(parse("/nick Zoë_2"), Command::Nick("Zoë_2"));
        assert_eq!(parse(" /leave "), Command::Leave);
        assert_eq!(parse("/who"), Command::Who);
    }

    #[test]
    fn everything_else_is_wrong() {
        let long = format!("/nick {}", "x".repeat(33));
        for line in
            ["/", "//", "/join", "/join two words", "/nick a:b", "/nick *", "/who else", "/WHO", &long]
        {
            assert!(matches!(parse(line), Command::Wrong(_)), "{line}");
        }
    }
}
