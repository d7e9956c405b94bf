//! Which records need not be kept: `500`, `90d`, `30d:all,1y:weekly`.

use jiff::Timestamp;

use super::Entry;

/// How often a record is kept within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    Run,
    Days(i64),
}

/// What is kept; the newest always is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Everything.
    #[default]
    All,
    /// So many.
    Count(usize),
    /// Up to an age in seconds each, so often.
    Tiers(Vec<Tier>),
}

/// Up to an age, so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    seconds: i64,
    every: Every,
}

const DAY: i64 = 86_400;

/// A span such as 36h, 90d, 8w, 1y, in seconds.
///
/// # Errors
/// Anything else.
pub fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is no age; write 36h, 90d, 8w or 1y");
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => DAY,
        Some('w') => 7 * DAY,
        Some('y') => 365 * DAY,
        _ => return Err(wrong()),
    };
    let number: i64 = text.get(..text.len() - 1).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    if number < 1 { Err(wrong()) } else { number.checked_mul(unit).ok_or_else(wrong) }
}

impl std::str::FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        if let Ok(count) = text.parse() {
            return if count == 0 { Err("at least one record is kept".into()) } else { Ok(Self::Count(count)) };
        }
        let mut tiers = Vec::new();
        for part in text.split(',') {
            let (age, every) = part.trim().split_once(':').unwrap_or((part.trim(), "all"));
            let every = match every {
                "all" => Every::Run,
                "daily" => Every::Days(1),
                "weekly" => Every::Days(7),
                "monthly" => Every::Days(30),
                _ => return Err(format!("{every:?}: write all, daily, weekly or monthly")),
            };
            tiers.push(Tier { seconds: seconds(age)?, every });
        }
        tiers.sort_by_key(|tier| tier.seconds);
        Ok(Self::Tiers(tiers))
    }
}

impl Keep {
    /// Numbers of the records that need not be kept, the oldest first.
    #[must_use]
    pub fn remove(&self, entries: &[Entry], now: &str) -> Vec<u64> {
        let Some(newest) = entries.last() else { return Vec::new() };
        match self {
            Self::All => Vec::new(),
            Self::Count(count) => {
                entries.iter().take(entries.len().saturating_sub(*count)).map(|entry| entry.seq).collect()
            }
            Self::Tiers(tiers) => {
                let Ok(now) = now.parse::<Timestamp>() else { return Vec::new() };
                let mut last = None;
                let mut removed = Vec::new();
                for entry in entries {
                    // A time that is not understood is no reason to remove anything.
                    let Ok(time) = entry.time.parse::<Timestamp>() else { continue };
                    let age = now.as_second() - time.as_second();
                    let slot = match tiers.iter().find(|tier| age <= tier.seconds).map(|tier| tier.every) {
                        Some(Every::Run) => None,
                        Some(Every::Days(days)) => Some(Some(time.as_second().div_euclid(days * DAY))),
                        None => Some(None),
                    };
                    let keep = match slot {
                        None => true,
                        // The first of its week stays: which one that is never changes.
                        Some(Some(slot)) => last.replace(slot) != Some(slot),
                        Some(None) => false,
                    };
                    if !keep && entry.seq != newest.seq {
                        removed.push(entry.seq);
                    }
                }
                removed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(days: i64) -> Vec<Entry> {
        let start: Timestamp = "2026-01-01T06:00:00Z".parse().unwrap();
        (0..days)
            .map(|day| {
                let time = Timestamp::from_second(start.as_second() + day * DAY).unwrap().to_string();
                Entry { seq: u64::try_from(day).unwrap() + 1, time, name: String::new() }
            })
            .collect()
    }

    #[test]
    fn what_is_kept_thins_out_with_age_and_stays_so() {
        let all = entries(300);
        let now = all.last().unwrap().time.clone();
        let keep: Keep = "30d:all,1y:weekly".parse().unwrap();
        let removed = keep.remove(&all, &now);
        let kept: Vec<Entry> = all.iter().filter(|entry| !removed.contains(&entry.seq)).cloned().collect();
        assert!((31 + 38..31 + 41).contains(&kept.len()), "{}", kept.len());
        assert!(keep.remove(&kept, &now).is_empty(), "a second time changes nothing");
        assert_eq!("10".parse::<Keep>().unwrap().remove(&all, &now).len(), 290);
        assert_eq!("90d".parse::<Keep>().unwrap().remove(&all, &now).len(), 300 - 91);
        assert!("0".parse::<Keep>().is_err() && "3x".parse::<Keep>().is_err() && "1y:hourly".parse::<Keep>().is_err());
    }

    #[test]
    fn the_newest_stays_however_old() {
        let all = entries(2);
        assert_eq!("1d".parse::<Keep>().unwrap().remove(&all, "2030-01-01T00:00:00Z"), [1]);
    }
}
