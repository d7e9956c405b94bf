//! The catalogue: which systems there are in the world, and by what each is recognised.
//!
//! Facts that change without code: `rules/catalog/extensions/*.yaml`, one file a system. Code
//! knows no product by name. What a file may say stands in [`model`].

mod check;
mod field;
mod model;
mod words;

use std::collections::BTreeMap;

use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::bytes::{RegexBuilder, RegexSet, RegexSetBuilder};

pub use model::{
    Answer, Condition, ConfigIs, EnvIs, Expression, FieldIs, Identity, Images, Lifecycle, Managed, Mode, Need, Only,
    Part, PodSign, Proof, Resource, System, Version, VersionField,
};

use crate::{embedded, facts::image, object::Kind, yaml};

/// The systems and their compiled expressions.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// By id.
    pub systems: Vec<System>,
    /// Every image expression of every system: one pass over a reference finds them all.
    images: RegexSet,
    /// Whose expression it is, and what it proves.
    owners: Vec<(usize, Claim)>,
    /// Every ConfigMap pattern of every system.
    config_maps: GlobSet,
    config_owners: Vec<usize>,
}

/// What an image expression stands for in its system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// A part of the system.
    Part(Part),
    /// A member of this group of a composition.
    Group(usize),
}

/// A catalogue file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{line}: {reason}")]
pub struct CatalogError {
    /// The file.
    pub path: String,
    /// Line in it, from 1.
    pub line: u32,
    /// What is wrong.
    pub reason: String,
}

impl Catalog {
    /// Every kind that a system is recognised by or that tells its health.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.systems.iter().flat_map(|system| {
            let own = system.identity.objects.iter().chain(system.resources.iter().map(|resource| &resource.kind));
            let asked = system.conditions().filter_map(|condition| match condition {
                Condition::Resource(kind) => Some(kind),
                Condition::Field(field) => Some(&field.kind),
                _ => None,
            });
            let told = system.version.fields.iter().map(|field| &field.kind);
            own.chain(asked).chain(told).filter(|kind| &*kind.kind != "*")
        })
    }

    /// The systems that the binary knows.
    ///
    /// # Errors
    /// A file of ours that is broken; the tests hold that there is none.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::load(&embedded_files())
    }

    /// The embedded systems with the user's on top: the same id replaces, others add.
    ///
    /// # Errors
    /// Files that cannot be read or used.
    pub fn with(paths: &[std::path::PathBuf]) -> Result<Self, CatalogError> {
        let mut files = embedded_files();
        let own = files.len();
        for root in paths {
            let fail =
                |e: std::io::Error| CatalogError { path: root.display().to_string(), line: 1, reason: e.to_string() };
            let mut found = if root.is_file() {
                vec![root.clone()]
            } else {
                let entries = std::fs::read_dir(root).map_err(fail)?;
                entries
                    .filter_map(|e| e.ok().map(|e| e.path()))
                    .filter(|p| p.extension().is_some_and(|s| s == "yaml" || s == "yml"))
                    .collect()
            };
            if found.is_empty() {
                let reason = "the folder holds no .yaml file".to_owned();
                return Err(CatalogError { path: root.display().to_string(), line: 1, reason });
            }
            found.sort();
            for path in found {
                files.push((path.display().to_string(), std::fs::read_to_string(&path).map_err(fail)?));
            }
        }
        check::once(files.get(own..).unwrap_or_default())?;
        Self::load(&files)
    }

    /// Systems from `(path, text)`; a later file with the same id replaces an earlier one.
    ///
    /// # Errors
    /// Unknown keys, values of another type, expressions that are none.
    pub fn load(files: &[(String, String)]) -> Result<Self, CatalogError> {
        let mut systems: BTreeMap<String, (&(String, String), System)> = BTreeMap::new();
        for file in files {
            let (path, text) = file;
            let system: System = yaml::parse(text).map_err(|e| CatalogError {
                path: path.clone(),
                line: e.line.unwrap_or(1),
                reason: e.reason,
            })?;
            systems.insert(system.id.clone(), (file, system));
        }
        check::all(&systems)?;
        let (sources, systems): (Vec<_>, Vec<_>) = systems.into_values().unzip();
        Self::compile(systems).map_err(|(system, pattern, reason)| {
            let (path, text) = sources.get(system).copied().cloned().unwrap_or_default();
            let line =
                text.lines().position(|line| line.contains(&pattern.replace('\\', "\\\\")) || line.contains(&pattern));
            CatalogError { path, line: line.map_or(1, |at| u32::try_from(at + 1).unwrap_or(1)), reason }
        })
    }

    /// Compiles the expressions of all systems together; says whose is at fault.
    fn compile(systems: Vec<System>) -> Result<Self, (usize, String, String)> {
        let (mut patterns, mut owners) = (Vec::new(), Vec::new());
        let mut globs = GlobSetBuilder::new();
        let mut config_owners = Vec::new();
        for (index, system) in systems.iter().enumerate() {
            let images = &system.images;
            let parts = [
                (Part::Main, &images.main),
                (Part::Operator, &images.operator),
                (Part::Agent, &images.agents),
                (Part::Other, &images.parts),
            ];
            for (part, expressions) in parts {
                for expression in expressions {
                    patterns.push(anchored(expression));
                    owners.push((index, Claim::Part(part)));
                }
            }
            for (group, expressions) in system.composed_of.iter().enumerate() {
                for expression in expressions {
                    patterns.push(anchored(expression));
                    owners.push((index, Claim::Group(group)));
                }
            }
            for pattern in &system.identity.config_maps {
                globs.add(Glob::new(pattern).map_err(|e| (index, pattern.clone(), e.to_string()))?);
                config_owners.push(index);
            }
        }
        // References are ASCII; classes of Unicode take more memory and time to compile.
        let images = RegexSetBuilder::new(&patterns).unicode(false).size_limit(64 << 20).build().map_err(|whole| {
            let is_wrong = |pattern: &str| RegexBuilder::new(pattern).unicode(false).build().is_err();
            let wrong = patterns.iter().zip(&owners).find(|(pattern, _)| is_wrong(pattern));
            let (pattern, owner) = wrong.map_or((String::new(), 0), |(pattern, (owner, _))| (bare(pattern), *owner));
            (owner, pattern.clone(), format!("{pattern:?} is no image expression: {}", last_line(&whole.to_string())))
        })?;
        let config_maps = globs.build().map_err(|e| (0, String::new(), e.to_string()))?;
        Ok(Self { systems, images, owners, config_maps, config_owners })
    }

    /// Whose image it is: every system with what the image stands for in it.
    pub(super) fn claims(&self, image: &str) -> Vec<(usize, Claim)> {
        let reference = image::parse(image);
        let mut claims: Vec<(usize, Claim)> = Vec::new();
        for path in image::vendor_paths(&reference).iter().chain([&reference.full()]) {
            for hit in &self.images.matches(path.as_bytes()) {
                if let Some(claim) = self.owners.get(hit)
                    && !claims.contains(claim)
                {
                    claims.push(*claim);
                }
            }
        }
        claims
    }

    /// The image expressions of one system that match an image, as their file writes them.
    pub(super) fn expressions(&self, system: usize, image: &str) -> Vec<&str> {
        let reference = image::parse(image);
        let mut found: Vec<&str> = Vec::new();
        for path in image::vendor_paths(&reference).iter().chain([&reference.full()]) {
            for hit in &self.images.matches(path.as_bytes()) {
                let is_own = self.owners.get(hit).is_some_and(|(owner, _)| *owner == system);
                if let Some(pattern) = self.images.patterns().get(hit).filter(|_| is_own) {
                    let bare = pattern.strip_prefix(ANCHOR).and_then(|rest| rest.strip_suffix(')')).unwrap_or(pattern);
                    if !found.contains(&bare) {
                        found.push(bare);
                    }
                }
            }
        }
        found
    }

    /// The systems of which a ConfigMap of this name (`namespace/name`) tells.
    pub(super) fn config_map(&self, name: &str) -> impl Iterator<Item = usize> {
        self.config_maps.matches(name).into_iter().filter_map(|at| self.config_owners.get(at).copied())
    }
}

impl System {
    /// Every condition of the file.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let proofs = self.capabilities.values().flatten().flat_map(|proof| &proof.conditions);
        let managed = self.managed.iter().flat_map(|managed| &managed.conditions);
        let needs = self.needs.iter().flat_map(|need| need.when.iter().chain(&need.any));
        proofs.chain(managed).chain(needs).chain(&self.serves_if).map(|mut condition| {
            while let Condition::Not(inner) | Condition::Anywhere(inner) = condition {
                condition = inner;
            }
            condition
        })
    }
}

/// Where an image expression begins: at a segment of a path.
const ANCHOR: &str = "(?:^|/)(?:";

/// An image expression begins at a segment of a path: `calico/node$` is not `my-calico/node`.
fn anchored(expression: &str) -> String {
    format!("{ANCHOR}{})", expression.strip_prefix("(^|/)").unwrap_or(expression))
}

fn bare(pattern: &str) -> String {
    pattern.strip_prefix(ANCHOR).and_then(|rest| rest.strip_suffix(')')).unwrap_or(pattern).to_owned()
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

fn embedded_files() -> Vec<(String, String)> {
    embedded::files(&embedded::RULES, "catalog/extensions/", ".yaml")
        .into_iter()
        .map(|(path, text)| (format!("rules/{path}"), text.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_catalogue_is_valid() {
        let catalog = Catalog::embedded().unwrap();
        assert!(catalog.systems.len() > 90, "{}", catalog.systems.len());
        let known: Vec<&str> = catalog.systems.iter().map(|s| s.id.as_str()).collect();
        for system in &catalog.systems {
            assert!(crate::policy::ASPECTS.contains(&system.aspect.as_str()), "{}", system.id);
            for other in &system.claims {
                assert!(known.contains(&other.as_str()), "{} claims {other}", system.id);
            }
            for other in system.bundled_by.iter().filter(|other| !other.contains('.')) {
                assert!(known.contains(&other.as_str()), "{} is bundled by {other}", system.id);
            }
            for (name, proofs) in &system.capabilities {
                let last = proofs.last().unwrap();
                assert!(proofs.iter().all(|p| !p.note.is_empty()), "{} {name}: a case without a note", system.id);
                assert!(last.conditions.is_empty(), "{} {name}: no case for otherwise", system.id);
            }
            let lifecycle = system.lifecycle.as_ref().unwrap_or_else(|| panic!("{} has no lifecycle", system.id));
            assert!(!lifecycle.source.is_empty() && !lifecycle.as_of.is_empty(), "{}: undated", system.id);
        }
    }

    #[test]
    fn a_misspelt_key_is_refused_with_its_line() {
        let text = "id: x\nname: X\naspect: network\nimagez: {}\n";
        let error = Catalog::load(&[("x.yaml".into(), text.into())]).unwrap_err();
        assert!(error.to_string().starts_with("x.yaml:4: ") && error.reason.contains("imagez"), "{error}");
    }

    #[test]
    fn a_broken_expression_is_refused_with_its_line() {
        let text = "id: x\nname: X\naspect: network\nimages:\n  main:\n    - acme/ok$\n    - acme/(x\n";
        let error = Catalog::load(&[("x.yaml".into(), text.into())]).unwrap_err();
        assert!(error.to_string().starts_with("x.yaml:7: "), "{error}");
        let text = "id: x\nname: X\naspect: network\nidentity:\n  webhooks: [\"(x\"]\n";
        let error = Catalog::load(&[("x.yaml".into(), text.into())]).unwrap_err();
        assert!(error.to_string().starts_with("x.yaml:5: "), "{error}");
    }

    #[test]
    fn a_later_file_replaces_a_system() {
        let file = |name: &str| format!("id: x\nname: {name}\naspect: network\nimages: {{main: [x/y$]}}\n");
        let catalog = Catalog::load(&[("a".into(), file("A")), ("b".into(), file("B"))]).unwrap();
        assert_eq!(catalog.systems.len(), 1);
        assert_eq!(catalog.systems[0].name, "B");
    }

    #[test]
    fn an_image_expression_begins_at_a_segment() {
        let text = "id: x\nname: X\naspect: network\nimages: {main: [\"acme/node$\", \"^bare$\"]}\n";
        let catalog = Catalog::load(&[("x.yaml".into(), text.into())]).unwrap();
        for image in
            ["acme/node:1", "quay.io/acme/node", "m.example/quay/acme/node:2", "m.example/a/mirrored-acme-node"]
        {
            assert_eq!(catalog.claims(image).len(), 1, "{image}");
        }
        assert_eq!(catalog.claims("m.example/docker-hub/library/bare:2").len(), 1);
        for image in ["my-acme/node:1", "acme/node-exporter", "quay.io/team/bare"] {
            assert!(catalog.claims(image).is_empty(), "{image}");
        }
    }
}
