//! No file imports one that imports it, directly or through others; imports through re-exports are followed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use crate::architecture::sources;

/// Names the modules that still use files below them which import from them.
const KNOWN: [&str; 0] = [];

/// The path of a module below the crate, as `["batch", "plan"]`.
type Module = Vec<String>;

/// The modules of the crate, with what each hands on and whom each imports.
struct Modules {
    texts: BTreeMap<Module, String>,
    /// Holds by module and name where an item that is handed on stands.
    handed_on: BTreeMap<(Module, String), Module>,
}

fn module_of(file: &str) -> Module {
    let mut parts: Module = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The code without comments, and without what says only who may see an item.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.map(|line| line.replace("pub(in crate::", "pub(in ")).collect::<Vec<_>>().join("\n")
}

/// Every path behind a word like `crate::`, up to the first sign that is no part of one.
fn paths<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Vec<String>> + 'a {
    text.match_indices(word).filter_map(move |(at, _)| {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let rest = &text[at + word.len()..];
        let end = rest.find(|c: char| !is_word(c) && c != ':').unwrap_or(rest.len());
        let path = rest[..end].trim_end_matches(':');
        (!text[..at].ends_with(is_word) && !path.is_empty()).then(|| path.split("::").map(str::to_owned).collect())
    })
}

/// Tells whether a line imports something, to hand it on or not.
fn is_import(line: &str) -> bool {
    line.starts_with("use ") || (line.starts_with("pub") && line.contains(" use "))
}

impl Modules {
    fn read() -> Modules {
        let named = sources().into_iter().filter(|(name, _)| name != "lib.rs" && name != "main.rs");
        let texts: BTreeMap<Module, String> = named.map(|(name, text)| (module_of(&name), code(&text))).collect();
        let mut handed_on = BTreeMap::new();
        for (module, text) in &texts {
            for line in text.lines().map(str::trim).filter(|line| is_import(line) && !line.starts_with("use super::")) {
                let path = line.split("use ").nth(1).unwrap_or_default().trim_end_matches(';');
                let (path, name) = path.split_once(" as ").map_or((path, None), |(path, name)| (path, Some(name)));
                let parts: Vec<String> = path.split("::").map(str::to_owned).collect();
                let is_glob = parts.last().is_some_and(|last| last == "*");
                assert!(!is_glob || !line.starts_with("pub"), "{module:?} hands on whatever there is: {line}");
                let name = name.map_or_else(|| parts[parts.len() - 1].clone(), str::to_owned);
                let place = match parts[0].as_str() {
                    "crate" => parts[1..].to_vec(),
                    _ => module.iter().cloned().chain(parts).collect(),
                };
                handed_on.insert((module.clone(), name), place);
            }
        }
        Modules { texts, handed_on }
    }

    /// The module in which an item stands; none outside the crate.
    fn home(&self, path: &[String]) -> Option<Module> {
        let known = (1..=path.len()).rev().find(|&length| self.texts.contains_key(&path[..length]))?;
        let (module, rest) = path.split_at(known);
        let elsewhere = rest.first().and_then(|name| self.handed_on.get(&(module.to_vec(), name.clone())));
        match elsewhere {
            Some(place) => {
                let place: Vec<String> = place.iter().chain(&rest[1..]).cloned().collect();
                self.home(&place)
            }
            None => Some(module.to_vec()),
        }
    }

    /// The modules that one imports.
    fn imports(&self, module: &Module) -> BTreeSet<Module> {
        let text = &self.texts[module];
        let own = paths(text, "crate::");
        let beside = paths(text, "super::").map(|path| {
            let parent = &module[..module.len() - 1];
            parent.iter().cloned().chain(path).collect::<Vec<String>>()
        });
        let below = self.children(module).filter(|child| self.uses_child(module, child));
        let homes = own.chain(beside).filter_map(|path| self.home(&path)).chain(below);
        homes.filter(|home| home != module).collect()
    }

    fn children<'a>(&'a self, module: &'a Module) -> impl Iterator<Item = Module> + 'a {
        let is_child = |other: &&Module| other.len() == module.len() + 1 && other.starts_with(module);
        self.texts.keys().filter(is_child).cloned()
    }

    /// Tells whether a module does more with one below it than to hand it on.
    fn uses_child(&self, module: &Module, child: &Module) -> bool {
        let name = &child[child.len() - 1];
        let uses = |line: &str| {
            line.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = &line[..at];
                !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !before.ends_with("::")
            })
        };
        self.texts[module].lines().any(|line| !is_import(line.trim()) && uses(line))
    }
}

/// The groups of modules each of which imports the others, at least through others.
fn circles(graph: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<BTreeSet<Module>> {
    let reached = |from: &Module| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(next) = open.pop() {
            for to in graph.get(&next).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    open.push(to.clone());
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&Module, BTreeSet<Module>> = graph.keys().map(|module| (module, reached(module))).collect();
    let mut found: Vec<BTreeSet<Module>> = Vec::new();
    for (&module, to) in reach.iter().filter(|(module, to)| to.contains(**module)) {
        let circle: BTreeSet<Module> = to.iter().filter(|other| reach[*other].contains(module)).cloned().collect();
        if !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

#[test]
#[expect(clippy::print_stdout, reason = "`--nocapture` shows how large the house is")]
fn no_file_imports_one_that_imports_it() {
    let modules = Modules::read();
    let graph: BTreeMap<Module, BTreeSet<Module>> =
        modules.texts.keys().map(|module| (module.clone(), modules.imports(module))).collect();
    let folders: BTreeSet<&String> = graph.keys().map(|module| &module[0]).collect();
    let imports: usize = graph.values().map(BTreeSet::len).sum();
    let found = circles(&graph);
    println!("{} modules, {} files, {imports} imports, {} circles", folders.len(), graph.len(), found.len());
    assert!(imports > 1000, "the imports are found");
    // The rest may only shrink.
    let heads = found.iter().map(|circle| circle.iter().min_by_key(|module| module.len()).expect("it has members"));
    let heads: Vec<String> = heads.map(|module| module.join("/")).collect();
    assert_eq!(heads, KNOWN, "{found:#?}");
}

#[test]
fn circles_are_found() {
    let module = |name: &str| vec![name.to_owned()];
    let graph = |pairs: &[(&str, &str)]| {
        let mut graph = BTreeMap::<Module, BTreeSet<Module>>::new();
        for (from, to) in pairs {
            graph.entry(module(from)).or_default().insert(module(to));
        }
        graph
    };
    assert!(circles(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    let found = circles(&graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "f"), ("f", "e")]));
    assert_eq!(found, [["a", "b", "c"].map(module).into(), ["e", "f"].map(module).into()]);
    let modules = Modules::read();
    let home = |path: &str| modules.home(&path.split("::").map(str::to_owned).collect::<Vec<_>>());
    // What a folder hands on stands in one of its files.
    let expected = |path: &str| Some(path.split('/').map(str::to_owned).collect::<Module>());
    assert_eq!(home("batch::Refusal"), expected("batch/refusal"));
    assert_eq!(home("providers::client::Protocol"), expected("providers/client/protocol"));
    assert_eq!(home("std::path"), None);
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/batch/refusal.rs").exists());
}
