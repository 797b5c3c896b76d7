//! Relative links and anchors in the documents lead somewhere.
//!
//! Anchors follow GitHub: the heading in lower case, without punctuation, blanks as hyphens, `-1` behind the
//! second of its kind. Links to other sites are not followed: a test must not need a network.

use crate::tree::{self, Text};
use std::collections::HashMap;

pub(crate) fn breaches(documents: &[Text]) -> Vec<String> {
    let find = |path: &str| tree::root().join(path).exists();
    let read = |path: &str| tree::read(path);
    documents.iter().flat_map(|document| dead(document, &find, &read)).collect()
}

fn dead(document: &Text, exists: &dyn Fn(&str) -> bool, read: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut found = Vec::new();
    for (line, target) in links(&document.text) {
        let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
        let (path, anchor) = target.split_once('#').map_or((target.as_str(), None), |(p, a)| (p, Some(a)));
        let why = match join(&document.path, path) {
            _ if is_elsewhere => continue,
            None => "leads out of the repository",
            Some(file) if !exists(&file) => "no such file",
            Some(file) if anchor.is_some_and(|anchor| !has_anchor(&file, anchor, document, read)) => {
                "no such heading"
            }
            Some(_) => continue,
        };
        found.push(format!("{}:{line}: `{target}`: {why}", document.path));
    }
    found
}

/// Anchors are known for Markdown only; elsewhere (`#L10` of a source file) they go stale with every edit.
fn has_anchor(file: &str, anchor: &str, document: &Text, read: &dyn Fn(&str) -> String) -> bool {
    let text = if file == document.path { document.text.clone() } else { read(file) };
    file.ends_with(".md") && anchors(&text).iter().any(|known| known == anchor)
}

/// The path from the root that `target` means inside `document`; itself if empty.
fn join(document: &str, target: &str) -> Option<String> {
    if target.is_empty() {
        return Some(document.to_owned());
    }
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let from = if target.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The lines outside fenced code, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let line = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| line.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (open, _) => return open.is_none(),
        }
        false
    })
}

/// Targets of `[text](target)` and of `[label]: target`, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let line = without_code(line);
        if let Some((label, target)) = line.trim_start().split_once("]: ")
            && label.starts_with('[')
            && !label.contains(']')
        {
            found.push((number, target_of(target)));
        }
        for (at, _) in line.match_indices("](") {
            let inside = &line[at + 2..];
            let end = inside.find(')').unwrap_or(inside.len());
            found.push((number, target_of(&inside[..end])));
        }
    }
    found
}

/// `<target> "title"` is `target`.
fn target_of(inside: &str) -> String {
    inside.split_whitespace().next().unwrap_or("").trim_matches(['<', '>']).to_owned()
}

/// Blanks `code`, in which brackets are no links.
fn without_code(line: &str) -> String {
    if line.matches('`').count() % 2 == 1 {
        return line.to_owned();
    }
    let parts = line.split('`').enumerate();
    parts.map(|(i, part)| if i % 2 == 0 { part.to_owned() } else { " ".repeat(part.len()) }).collect()
}

/// The anchors of all headings.
fn anchors(text: &str) -> Vec<String> {
    let mut uses: HashMap<String, usize> = HashMap::new();
    let mut found = Vec::new();
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        let level = line.len() - title.len();
        if !(1..=6).contains(&level) || !title.starts_with(' ') {
            continue;
        }
        let anchor = anchor(title.trim().trim_end_matches('#').trim_end());
        let before = uses.entry(anchor.clone()).or_default();
        found.push(if *before == 0 { anchor } else { format!("{anchor}-{before}") });
        *before += 1;
    }
    found
}

fn anchor(title: &str) -> String {
    let mut visible = title.to_owned();
    // `[text](target)` shows as its text.
    while let Some(middle) = visible.find("](") {
        let Some(end) = visible[middle..].find(')') else { break };
        visible.replace_range(middle..=middle + end, "");
    }
    let kept = visible.chars().filter(|&c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::{anchors, dead, join, links};
    use crate::tree::Text;

    #[test]
    fn links_are_found_in_prose_only() {
        let text = "[a](x.md) ![b](<y.png> \"t\")\n```\n[c](no)\n```\n`[d](no)`\n[e]: z.md#q";
        let targets: Vec<String> = links(text).into_iter().map(|(_, target)| target).collect();
        assert_eq!(targets, ["x.md", "y.png", "z.md#q"]);
    }

    #[test]
    fn anchors_are_githubs() {
        let text = "# The `go` call: cost & use\n## 2. A_b-c\n## Notes\n### Notes\n#no\n```\n# no\n```\n\
            ## [Link](x) *y*";
        let expected = ["the-go-call-cost--use", "2-a_b-c", "notes", "notes-1", "link-y"];
        assert_eq!(anchors(text), expected);
    }

    #[test]
    fn paths_are_joined() {
        assert_eq!(join("docs/a.md", "../b/./c.md").as_deref(), Some("b/c.md"));
        assert_eq!(join("a.md", "../b.md"), None);
    }

    #[test]
    fn dead_links_are_named() {
        let text = "# Here\n[a](#here) [b](#there)\n\
            [c](gone.md) [d](other.md#x) [e](other.md#y) [f](https://a.b/#c)";
        let document = Text::new("docs/a.md", text);
        let found = dead(&document, &|path| path != "docs/gone.md", &|_| "## x".to_owned());
        assert_eq!(
            found,
            [
                "docs/a.md:2: `#there`: no such heading",
                "docs/a.md:3: `gone.md`: no such file",
                "docs/a.md:3: `other.md#y`: no such heading",
            ]
        );
    }
}
