//! Quantities of Kubernetes (`10Gi`, `1500m`, `2e3`) and durations (`24h`, `30d`) as numbers.
//!
//! Sources: apimachinery/pkg/api/resource (suffixes), Go's time.ParseDuration, and the `d` and
//! `w` that people write in rules.

/// A quantity as a number of its base unit (bytes for storage).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "sizes are compared, not added up to the byte")]
pub fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    // An exponent: 1e3, 12E6. A bare E is exa.
    if let Some(exponent) = suffix.strip_prefix(['e', 'E']).filter(|rest| !rest.is_empty() && *rest != "i") {
        return format!("{number}e{exponent}").parse().ok();
    }
    let number: f64 = number.parse().ok()?;
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => (1u64 << 10) as f64,
        "Mi" => (1u64 << 20) as f64,
        "Gi" => (1u64 << 30) as f64,
        "Ti" => (1u64 << 40) as f64,
        "Pi" => (1u64 << 50) as f64,
        "Ei" => (1u64 << 60) as f64,
        _ => return None,
    };
    Some(number * factor)
}

/// A quantity as whole bytes.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
pub fn bytes(text: &str) -> Option<i64> {
    parse(text).filter(|n| n.abs() < 9.0e18).map(|n| n.round() as i64)
}

/// A duration in seconds: Go's units, with days and weeks, in any mix (`1h30m`, `30d`).
#[must_use]
pub fn seconds(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, tail) = rest.split_at(end);
        rest = tail;
        total += number
            * match unit {
                "ns" => 1e-9,
                "us" | "µs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                "w" => 604_800.0,
                _ => return None,
            };
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_kubernetes_reads_them() {
        assert_eq!(bytes("10Gi"), Some(10 << 30));
        assert_eq!(bytes("1.5Ti"), Some(3 << 39));
        assert_eq!(bytes("5G"), Some(5_000_000_000));
        assert_eq!(bytes("12E"), None);
        assert_eq!(parse("1e3"), Some(1000.0));
        assert_eq!(parse("500m"), Some(0.5));
        assert_eq!(parse("0"), Some(0.0));
        assert_eq!(parse("10GB"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn durations_read_as_go_reads_them_with_days() {
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("30d"), Some(2_592_000.0));
        assert_eq!(seconds("720h0m0s"), Some(2_592_000.0));
        assert_eq!(seconds("none"), None);
        assert_eq!(seconds("12"), None);
    }
}
