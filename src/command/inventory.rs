//! `sextant inventory`: which systems are installed, by which evidence.

use serde_json::json;

use super::{
    Stop, World,
    judged::{coverage, extensions},
    source,
};
use crate::{
    cli::{InventoryArgs, InventoryFormat},
    inventory::{Inventory, catalog::Catalog},
    render::{Style, table, text},
    report,
};

/// Prints the systems. Returns the exit code.
///
/// # Errors
/// A source that cannot be read.
pub fn run(args: &InventoryArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let catalog = Catalog::with(&args.catalog).map_err(Stop::usage)?;
    let snapshot = source(&args.source, &args.cluster, &super::live::plan(&[], &catalog), world)?;
    let inventory = Inventory::of(&snapshot, &catalog, std::collections::BTreeSet::new());
    let extensions = extensions(&inventory);
    match args.output {
        InventoryFormat::Json => {
            let whole = json!({
                "format": report::FORMAT,
                "snapshot": report::head(&snapshot),
                "extensions": extensions,
                "coverage": coverage(&inventory),
            });
            serde_json::to_writer_pretty(&mut *world.out, &whole).map_err(std::io::Error::from)?;
            writeln!(world.out)?;
        }
        InventoryFormat::Table => {
            let style = Style { colour: world.colour, width: world.width, all: true };
            let mut page = Vec::new();
            table::list(&extensions, style, &mut page)?;
            world.out.write_all(text::calm(&String::from_utf8_lossy(&page)).as_bytes())?;
        }
    }
    Ok(0)
}
