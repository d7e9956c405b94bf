//! Sets of IP addresses: what a list of CIDRs reaches once its exceptions are cut out.
//!
//! Exact by interval, so that `0.0.0.0/1` beside `128.0.0.0/1` is what it is: everything.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Inclusive ranges, sorted, disjoint, not adjacent.
type Ranges = Vec<(u128, u128)>;

const V4_LAST: u128 = u32::MAX as u128;

/// A set of addresses of both families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    v4: Ranges,
    v6: Ranges,
}

fn number(ip: IpAddr) -> (bool, u128) {
    match ip {
        IpAddr::V4(ip) => (true, u128::from(u32::from(ip))),
        IpAddr::V6(ip) => (false, u128::from(ip)),
    }
}

fn merge(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    let mut merged: Ranges = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start <= last.1.saturating_add(1) => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

fn cut(from: &Ranges, away: &Ranges) -> Ranges {
    let mut left = Vec::new();
    for &(start, end) in from {
        let mut at = start;
        let mut open = true;
        for &(cut_start, cut_end) in away.iter().filter(|(s, e)| *s <= end && *e >= start) {
            if cut_start > at {
                left.push((at, cut_start - 1));
            }
            match cut_end.checked_add(1) {
                Some(next) if next <= end => at = at.max(next),
                _ => {
                    open = false;
                    break;
                }
            }
        }
        if open && at <= end {
            left.push((at, end));
        }
    }
    left
}

impl Set {
    /// A CIDR or a single address; host bits may be set. None where it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text.trim(), None),
        };
        let (is_v4, number) = number(address.parse().ok()?);
        let bits = if is_v4 { 32 } else { 128 };
        let length = length.unwrap_or(bits);
        if length > bits {
            return None;
        }
        let hosts = u128::MAX.checked_shr(128 - bits + length).unwrap_or(0);
        let start = number & !hosts;
        let range = vec![(start, start | hosts)];
        Some(if is_v4 { Self { v4: range, v6: Vec::new() } } else { Self { v4: Vec::new(), v6: range } })
    }

    /// All CIDRs that can be read, and those that cannot.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> (Self, Vec<String>) {
        let mut set = Self::default();
        let mut broken = Vec::new();
        for text in texts {
            match Self::parse(text) {
                Some(one) => {
                    set.v4.extend(one.v4);
                    set.v6.extend(one.v6);
                }
                None => broken.push(text.to_owned()),
            }
        }
        (Self { v4: merge(set.v4), v6: merge(set.v6) }, broken)
    }

    /// Every address there is.
    #[must_use]
    pub fn everything() -> Self {
        Self { v4: vec![(0, V4_LAST)], v6: vec![(0, u128::MAX)] }
    }

    /// What either holds.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            v4: merge([self.v4.as_slice(), &other.v4].concat()),
            v6: merge([self.v6.as_slice(), &other.v6].concat()),
        }
    }

    /// What this one holds and the other does not.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self { v4: cut(&self.v4, &other.v4), v6: cut(&self.v6, &other.v6) }
    }

    /// Whether both hold some address.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let meet = |a: &Ranges, b: &Ranges| a.iter().any(|(s, e)| b.iter().any(|(t, f)| s <= f && t <= e));
        meet(&self.v4, &other.v4) || meet(&self.v6, &other.v6)
    }

    /// Whether it holds an address.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let (is_v4, number) = number(ip);
        let ranges = if is_v4 { &self.v4 } else { &self.v6 };
        ranges.iter().any(|(start, end)| (*start..=*end).contains(&number))
    }

    /// Holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Holds all of IPv4, or all of IPv6.
    #[must_use]
    pub fn is_a_whole_family(&self) -> bool {
        self.v4 == [(0, V4_LAST)] || self.v6 == [(0, u128::MAX)]
    }

    /// Number of addresses, as far as it can be counted.
    #[must_use]
    pub fn size(&self) -> u128 {
        self.v4.iter().chain(&self.v6).fold(0, |sum, (s, e)| sum.saturating_add(e - s).saturating_add(1))
    }

    /// Its ranges: whether of IPv4, first and last address.
    pub fn spans(&self) -> impl Iterator<Item = (bool, u128, u128)> {
        let of = |is_v4: bool| move |(start, end): &(u128, u128)| (is_v4, *start, *end);
        self.v4.iter().map(of(true)).chain(self.v6.iter().map(of(false)))
    }

    /// The fewest CIDRs that hold the same addresses.
    #[must_use]
    pub fn cidrs(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for &(start, end) in &self.v4 {
            blocks(start, end, 32, &mut |address, length| {
                let address = Ipv4Addr::from(u32::try_from(address).unwrap_or(u32::MAX));
                texts.push(format!("{address}/{length}"));
            });
        }
        for &(start, end) in &self.v6 {
            blocks(start, end, 128, &mut |address, length| {
                texts.push(format!("{}/{length}", Ipv6Addr::from(address)));
            });
        }
        texts
    }
}

fn blocks(mut start: u128, end: u128, bits: u32, tell: &mut dyn FnMut(u128, u32)) {
    loop {
        let aligned = start.trailing_zeros().min(bits);
        let mut size = aligned;
        // The largest block that begins here and ends in time.
        let last = |size: u32| start | u128::MAX.checked_shr(128 - size).unwrap_or(0);
        while size > 0 && last(size) > end {
            size -= 1;
        }
        tell(start, bits - size);
        match last(size).checked_add(1) {
            Some(next) if next <= end => start = next,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> Set {
        Set::of(texts.iter().copied()).0
    }

    #[test]
    fn halves_make_a_whole() {
        let halves = set(&["0.0.0.0/1", "128.0.0.0/1"]);
        assert!(halves.is_a_whole_family());
        assert_eq!(halves.cidrs(), ["0.0.0.0/0"]);
        assert!(set(&["::/0"]).is_a_whole_family());
        assert!(!set(&["0.0.0.0/0"]).minus(&set(&["10.0.0.0/8"])).is_a_whole_family());
    }

    #[test]
    fn exceptions_are_cut_out_exactly() {
        let open = set(&["0.0.0.0/0"]).minus(&set(&["169.254.169.254/32", "10.0.0.0/8"]));
        assert!(!open.contains("169.254.169.254".parse().unwrap()));
        assert!(!open.contains("10.255.255.255".parse().unwrap()));
        assert!(open.contains("11.0.0.0".parse().unwrap()) && open.contains("255.255.255.255".parse().unwrap()));
        assert_eq!(open.size(), (1 << 32) - (1 << 24) - 1);
        assert_eq!(set(&["10.0.0.0/8"]).minus(&set(&["10.0.0.0/9"])).cidrs(), ["10.128.0.0/9"]);
        assert!(set(&["10.0.0.0/8"]).minus(&set(&["0.0.0.0/0"])).is_empty());
        assert_eq!(set(&["::/0"]).minus(&set(&["::/1"])).cidrs(), ["8000::/1"]);
    }

    #[test]
    fn cidrs_read_back_to_the_same_set() {
        for texts in
            [&["1.2.3.4/32", "1.2.3.5"][..], &["0.0.0.1/32", "0.0.0.2/31"], &["2001:db8::/32", "fd00:ec2::254"]]
        {
            let one = set(texts);
            let back: Vec<String> = one.cidrs();
            assert_eq!(set(&back.iter().map(String::as_str).collect::<Vec<_>>()), one);
        }
        assert_eq!(set(&["10.1.2.3/8"]).cidrs(), ["10.0.0.0/8"]);
        assert_eq!(Set::of(["10.0.0.0/33", "x", "fe80::/129"]).1.len(), 3);
    }

    #[test]
    fn meeting_is_mutual() {
        assert!(set(&["10.244.0.0/16"]).meets(&set(&["10.0.0.0/8"])));
        assert!(!set(&["10.244.0.0/16"]).meets(&set(&["10.96.0.0/12", "fd00::/8"])));
    }
}
