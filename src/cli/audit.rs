//! Words for what is asked, and for what the gate makes of it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CarryArgs, ClusterArgs, FleetArgs, RegistryArgs, SourceArgs};
use crate::{render::Format, severity::Severity};

/// Which policies are asked, under which rules.
#[derive(Clone, Debug, Args)]
pub struct PolicyArgs {
    /// Only these policies: ids, patterns of ids such as NET-*, or aspects
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Not these policies: ids, patterns of ids or aspects
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Policy files or folders, on top of the embedded ones
    #[arg(long, value_name = "PATH")]
    pub policies: Vec<PathBuf>,
    /// Rules files or folders: the same name replaces, others add
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Environment of the rules, such as prod
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Catalogue files or folders: the same id replaces a system, others add
    #[arg(long, value_name = "PATH")]
    pub catalog: Vec<PathBuf>,
}

/// Arguments of `audit`.
#[derive(Clone, Debug, Args)]
pub struct AuditArgs {
    /// The source.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The cluster, where no path is named.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Registries beside it.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// The policies.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Lowest severity of a violation that fails the gate
    #[arg(long, value_enum, default_value_t = FailOn::High)]
    pub fail_on: FailOn,
    /// Unknown verdicts do not fail the gate
    #[arg(long)]
    pub allow_incomplete: bool,
    /// So many violations of a severity may be, whatever --fail-on says of it, such as high=5
    #[arg(long, value_name = "SEVERITY=N", value_delimiter = ',', value_parser = most)]
    pub max: Vec<(Severity, u64)>,
    /// Least share of the kinds that were read completely, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u64).range(0..=100))]
    pub min_coverage: Option<u64>,
    /// Least share of passes in the policies of a framework, in percent, such as cis=90
    #[arg(long, value_name = "FRAMEWORK=PERCENT", value_delimiter = ',', value_parser = least)]
    pub min_compliance: Vec<(String, u64)>,
    /// Waivers files or folders: violations that somebody answers for
    #[arg(long, value_name = "PATH")]
    pub waivers: Vec<PathBuf>,
    /// As if there were no waivers
    #[arg(long)]
    pub no_waivers: bool,
    /// An earlier JSON report: what is new, unchanged, fixed against it
    #[arg(long, value_name = "FILE", conflicts_with = "fleet")]
    pub baseline: Option<PathBuf>,
    /// Only violations that the baseline does not know fail the gate
    #[arg(long, requires = "baseline")]
    pub fail_on_new: bool,
    /// Show everything: every finding, passing and not applicable subjects
    #[arg(long)]
    pub all: bool,
    /// Threads to work with; as many as there are cores by default
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Where the report goes besides.
    #[command(flatten)]
    pub carry: CarryArgs,
    /// Many clusters.
    #[command(flatten)]
    pub fleet: FleetArgs,
    /// Format of the report, and the file it goes to; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = Output::parse)]
    pub output: Vec<Output>,
}

/// `SEVERITY=N`.
fn most(text: &str) -> Result<(Severity, u64), String> {
    let wrong = || format!("{text:?} is not SEVERITY=N, such as critical=0 or high=5");
    let (severity, count) = text.split_once('=').ok_or_else(wrong)?;
    Ok((Severity::from_str(severity, true).map_err(|_| wrong())?, count.parse().map_err(|_| wrong())?))
}

/// `FRAMEWORK=PERCENT`.
fn least(text: &str) -> Result<(String, u64), String> {
    let wrong = || format!("{text:?} is not FRAMEWORK=PERCENT, such as cis=90");
    let (framework, share) = text.split_once('=').ok_or_else(wrong)?;
    let share = share.parse().ok().filter(|share| *share <= 100).ok_or_else(wrong)?;
    if framework.is_empty() { Err(wrong()) } else { Ok((framework.to_owned(), share)) }
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the severities, and never")]
pub enum FailOn {
    Info,
    Low,
    Medium,
    High,
    Critical,
    Never,
}

impl FailOn {
    /// The threshold; none for `never`.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

/// `FORMAT[=FILE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// Where to; standard output without one.
    pub file: Option<PathBuf>,
}

impl Output {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
        if file == Some("") {
            return Err("the file is missing after =".into());
        }
        let format = Format::from_str(format, true).map_err(|_| {
            let known: Vec<String> = Format::value_variants()
                .iter()
                .filter_map(|f| f.to_possible_value())
                .map(|v| v.get_name().to_owned())
                .collect();
            format!("no format {format:?}; there are {}", known.join(", "))
        })?;
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}
