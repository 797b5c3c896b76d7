//! No circle of imports: neither among the top-level modules of a crate, nor among the files of one folder.
//!
//! A parent that imports its children is exempt (`mod.rs` declares them), and so is therefore a child that
//! imports what its parent defines. Every other import is one edge between two siblings, at the level where
//! the two paths part.

use crate::modules::{Crate, Import, ModulePath};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Who imports whom, among the children of one module; each edge keeps the first import that makes it.
type Graph<'a> = BTreeMap<&'a [String], BTreeMap<&'a [String], &'a Import>>;

/// One line for each circle that is not a detour of a shorter one.
pub(crate) fn breaches(tree: &Crate) -> Vec<String> {
    let imports = tree.imports();
    let mut graphs: BTreeMap<&[String], Graph<'_>> = BTreeMap::new();
    for import in &imports {
        let shared = import.from.iter().zip(&import.to).take_while(|(a, b)| a == b).count();
        if shared < import.from.len() && shared < import.to.len() {
            let (from, to) = (&import.from[..=shared], &import.to[..=shared]);
            let edges = graphs.entry(&import.from[..shared]).or_default().entry(from).or_default();
            edges.entry(to).or_insert(import);
        }
    }
    graphs.values().flat_map(circles).collect()
}

fn circles(graph: &Graph<'_>) -> Vec<String> {
    let mut seen: BTreeSet<Vec<&[String]>> = BTreeSet::new();
    let mut found = Vec::new();
    for &start in graph.keys() {
        let Some(circle) = shortest_circle(graph, start) else { continue };
        let mut members = circle.clone();
        members.sort();
        if seen.insert(members) {
            found.push(describe(graph, &circle));
        }
    }
    found
}

/// The shortest way from `start` back to it, `start` first.
fn shortest_circle<'a>(graph: &Graph<'a>, start: &'a [String]) -> Option<Vec<&'a [String]>> {
    let mut came_from: BTreeMap<&[String], &[String]> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for &next in graph.get(at).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut circle = vec![at];
                while let Some(&before) = came_from.get(circle[circle.len() - 1]) {
                    circle.push(before);
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

fn describe(graph: &Graph<'_>, circle: &[&[String]]) -> String {
    let names: Vec<String> =
        circle.iter().map(|path: &&[String]| ModulePath::from(*path).join("::")).collect();
    let edges = (0..circle.len()).map(|i| graph[circle[i]][circle[(i + 1) % circle.len()]]);
    let places: Vec<String> =
        edges.map(|edge| format!("{}:{} `{}`", edge.file, edge.line, edge.text)).collect();
    format!("{} -> {}: {}", names.join(" -> "), names[0], places.join(", "))
}

#[cfg(test)]
mod tests {
    use super::breaches;
    use crate::modules::Crate;
    use crate::tree::Text;

    fn check(files: &[(&str, &str)]) -> Vec<String> {
        breaches(&Crate::new("", files.iter().map(|(path, text)| Text::new(path, text)).collect()))
    }

    #[test]
    fn a_tree_has_none() {
        assert!(
            check(&[("a.rs", "use crate::b::B;"), ("b.rs", "use crate::c::C;"), ("c.rs", "")]).is_empty()
        );
    }

    #[test]
    fn two_and_three() {
        let files = [("a.rs", "use crate::b::B;"), ("b.rs", "\nfn f() { super::a::g() }")];
        assert_eq!(check(&files), ["a -> b -> a: a.rs:1 `crate::b::B`, b.rs:2 `super::a::g`"]);
        let files =
            [("a.rs", "use crate::b::B;"), ("b/x.rs", "use crate::c::C;"), ("c.rs", "use crate::a::A;")];
        assert_eq!(check(&files).len(), 1);
        assert!(check(&files)[0].starts_with("a -> b -> c -> a"));
    }

    #[test]
    fn siblings_in_one_folder() {
        let files = [
            ("a/mod.rs", "mod x; mod y; pub use x::X; use y::Y;"),
            ("a/x.rs", "use super::Y;"),
            ("a/y.rs", "use crate::a::x::X;"),
        ];
        assert!(check(&files)[0].starts_with("a::x -> a::y -> a::x"));
    }

    #[test]
    fn a_parent_may_name_its_children() {
        let files = [("a/mod.rs", "mod x; pub use x::X; pub struct P;"), ("a/x.rs", "use super::P;")];
        assert!(check(&files).is_empty());
    }
}
