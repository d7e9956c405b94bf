//! Ages, measured from the snapshot's own clock; without one there is no age.

use jiff::Timestamp;

use crate::snapshot::Snapshot;

/// Seconds from a time to the snapshot's; none where either is missing or no time.
pub(crate) fn age(snapshot: &Snapshot, time: Option<&str>) -> Option<i64> {
    let now: Timestamp = snapshot.header.time.as_deref()?.parse().ok()?;
    let then: Timestamp = time?.parse().ok()?;
    Some(now.as_second() - then.as_second())
}

/// Whether one time is before another; none where either is no time.
pub(super) fn before(a: Option<&str>, b: Option<&str>) -> Option<bool> {
    let a: Timestamp = a?.parse().ok()?;
    let b: Timestamp = b?.parse().ok()?;
    Some(a < b)
}
