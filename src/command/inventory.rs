//! `sextant inventory`: which systems are installed, by which evidence, and why one of them is
//! told as it is.

use serde_json::{Value, json};

use super::{
    Stop, World,
    judged::{coverage, extensions},
    source,
};
use crate::{
    cli::{InventoryArgs, InventoryFormat},
    facts::nearest::nearest,
    inventory::{Inventory, catalog::Catalog, detect::explain},
    render::{Style, systems, text},
    report,
};

/// Prints the systems, or why one is told as it is. Returns the exit code.
///
/// # Errors
/// A name that the catalogue lacks; a source that cannot be read.
pub fn run(args: &InventoryArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let catalog = Catalog::with(&args.catalog).map_err(Stop::usage)?;
    let asked = args.explain.as_deref().map(|word| id_of(&catalog, word)).transpose()?;
    let snapshot = source(&args.source, &args.cluster, &super::live::plan(&[], &catalog), world)?;
    let inventory = Inventory::of(&snapshot, &catalog, std::collections::BTreeSet::new());
    let explained = asked.and_then(|id| explain::explain(&snapshot, &catalog, id));
    match args.output {
        InventoryFormat::Json => {
            let (key, told) = match &explained {
                Some(explained) => ("system", serde_json::to_value(explained).unwrap_or_default()),
                None => ("extensions", Value::from(extensions(&inventory))),
            };
            let whole = json!({
                "format": report::FORMAT,
                "snapshot": report::head(&snapshot),
                key: told,
                "coverage": coverage(&inventory),
            });
            serde_json::to_writer_pretty(&mut *world.out, &whole).map_err(std::io::Error::from)?;
            writeln!(world.out)?;
        }
        InventoryFormat::Table => match &explained {
            Some(explained) => {
                let mut page = Vec::new();
                systems::explanation(explained, &mut page)?;
                write!(world.out, "{}", text::calm(&String::from_utf8_lossy(&page)))?;
            }
            None => {
                let style = Style { colour: world.colour, width: world.width, all: true };
                let mut page = Vec::new();
                systems::list(&inventory.extensions, args.evidence, style, &mut page)?;
                write!(world.out, "{}", text::calm(&String::from_utf8_lossy(&page)))?;
            }
        },
    }
    Ok(0)
}

/// The id of the system that a word names.
fn id_of<'c>(catalog: &'c Catalog, word: &str) -> Result<&'c str, Stop> {
    let is_it = |system: &&crate::inventory::catalog::System| {
        system.id == word || system.id.eq_ignore_ascii_case(word) || system.name.eq_ignore_ascii_case(word)
    };
    if let Some(system) = catalog.systems.iter().find(is_it) {
        return Ok(&system.id);
    }
    let near = nearest(word, catalog.systems.iter().map(|system| system.id.as_str()), 4);
    let hint = if near.is_empty() {
        format!("the catalogue has {} systems, none of them named like it", catalog.systems.len())
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Err(Stop::usage(format!("no system is called {word:?}; {hint}")))
}
