//! A cron schedule as its longest gap: what a promise about the age of a backup rests on.
//!
//! Read as robfig/cron v3 reads it (Kubernetes CronJob, Velero, Longhorn): five fields, names,
//! steps, `@daily` and `@every 6h`, a `TZ=` prefix, and day-of-month OR day-of-week where both
//! are restricted. Shifts of daylight saving time are left out: they move an hour twice a year.

/// Seconds of the longest time between two runs; none where the text is no schedule or never runs.
#[must_use]
pub fn longest_gap(text: &str) -> Option<u64> {
    let mut text = text.trim();
    if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
        text = text.split_once(char::is_whitespace)?.1.trim_start();
    }
    if let Some(every) = text.strip_prefix("@every ") {
        let seconds = super::quantity::seconds(every)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
        return (1.0..1e12).contains(&seconds).then(|| seconds.ceil() as u64);
    }
    let fields = match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        other => other,
    };
    gap(&Schedule::parse(fields)?)
}

struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Day of month or day of week begins with `*`: then both must hold.
    any_day: bool,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Schedule {
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else { return None };
        let weekdays = field(weekday, 0, 7, &WEEKDAYS, 0)?;
        Some(Self {
            minutes: field(minute, 0, 59, &[], 0)?,
            hours: field(hour, 0, 23, &[], 0)?,
            days: field(day, 1, 31, &[], 0)?,
            months: field(month, 1, 12, &MONTHS, 1)?,
            // Seven is Sunday too.
            weekdays: (weekdays | weekdays >> 7) & 0x7f,
            any_day: [day, weekday].iter().any(|f| f.starts_with(['*', '?'])),
        })
    }

    fn runs_on(&self, month: u32, day: u32, weekday: u32) -> bool {
        let of_month = self.days & (1 << day) != 0;
        let of_week = self.weekdays & (1 << weekday) != 0;
        self.months & (1 << month) != 0 && if self.any_day { of_month && of_week } else { of_month || of_week }
    }
}

/// One field as a set of numbers.
fn field(text: &str, low: u32, high: u32, names: &[&str], first: u32) -> Option<u64> {
    let number = |text: &str| -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        if let Some(index) = names.iter().position(|name| *name == lower) {
            return Some(u32::try_from(index).ok()? + first);
        }
        text.parse().ok().filter(|n| (low..=high).contains(n))
    };
    let mut set = 0u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u32>().ok().filter(|s| *s > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range {
            "*" | "?" => (low, high),
            range => match range.split_once('-') {
                Some((from, to)) => (number(from)?, number(to)?),
                None => (number(range)?, if step.is_some() { high } else { number(range)? }),
            },
        };
        if from > to {
            return None;
        }
        for value in (from..=to).step_by(step.unwrap_or(1) as usize) {
            set |= 1 << value;
        }
    }
    Some(set)
}

/// Walks 28 years and a bit, after which the calendar repeats: leap days and weekdays in every mix.
fn gap(schedule: &Schedule) -> Option<u64> {
    let times: Vec<u64> = (0..24u64)
        .filter(|hour| schedule.hours & (1 << hour) != 0)
        .flat_map(|hour| (0..60u64).filter(|m| schedule.minutes & (1 << m) != 0).map(move |m| hour * 60 + m))
        .collect();
    let (first, last) = (*times.first()?, *times.last()?);
    let within = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    let mut longest = None;
    let mut previous: Option<u64> = None;
    let mut day_number = 0u64;
    // 2000-01-01 was a Saturday.
    let mut weekday = 6;
    for year in 2000..2030u32 {
        for month in 1..=12u32 {
            for day in 1..=days_in(year, month) {
                if schedule.runs_on(month, day, weekday) {
                    if let Some(previous) = previous {
                        let across = (day_number - previous) * 1440 + first - last;
                        longest = longest.max(Some(across.max(within)));
                    }
                    previous = Some(day_number);
                }
                day_number += 1;
                weekday = (weekday + 1) % 7;
            }
        }
    }
    longest.map(|minutes| minutes * 60)
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;

    #[test]
    fn the_longest_gap_is_what_counts() {
        for (text, gap) in [
            ("0 1 * * *", 24 * HOUR),
            ("*/15 * * * *", 900),
            ("0 */6 * * *", 6 * HOUR),
            ("0 */5 * * *", 5 * HOUR),
            ("0 0,18 * * *", 18 * HOUR),
            ("0 1 * * 1-5", 72 * HOUR),
            ("0 1 * * MON", 7 * 24 * HOUR),
            ("0 1 * * 7", 7 * 24 * HOUR),
            ("0 0 1 * *", 31 * 24 * HOUR),
            ("0 0 31 * *", 61 * 24 * HOUR),
            ("0 0 29 2 *", (4 * 365 + 1) * 24 * HOUR),
            // Both days restricted: either will do.
            ("0 0 1 * 0", 7 * 24 * HOUR),
            ("TZ=Europe/Zurich 0 2 * * *", 24 * HOUR),
            ("CRON_TZ=UTC @daily", 24 * HOUR),
            ("@every 6h", 6 * HOUR),
            ("@every 1h30m", 5400),
            ("@hourly", HOUR),
            ("@weekly", 7 * 24 * HOUR),
        ] {
            assert_eq!(longest_gap(text), Some(gap), "{text}");
        }
    }

    #[test]
    fn what_is_no_schedule_has_no_gap() {
        for text in
            ["", "daily", "0 25 * * *", "0 0 30 2 *", "* * * *", "@every", "@every soon", "5-1 * * * *", "*/0 * * * *"]
        {
            assert_eq!(longest_gap(text), None, "{text}");
        }
    }
}
