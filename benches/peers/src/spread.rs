//! What several measurements of one thing say together.

use serde::Serialize;

/// The median, and between what the middle half of all lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub median: f64,
    pub lower: f64,
    pub upper: f64,
}

impl Spread {
    /// `None`: there are none.
    pub fn of(mut values: Vec<f64>) -> Option<Spread> {
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |place: usize| values[place];
        Some(Spread { lower: at(last / 4), median: at(last.div_ceil(2)), upper: at((last * 3).div_ceil(4)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_few_and_of_many() {
        assert_eq!(Spread::of(Vec::new()), None);
        assert_eq!(Spread::of(vec![7.0]), Some(Spread { lower: 7.0, median: 7.0, upper: 7.0 }));
        let three = Spread::of(vec![3.0, 1.0, 2.0]);
        assert_eq!(three, Some(Spread { lower: 1.0, median: 2.0, upper: 3.0 }));
        let many = (0..=100).rev().map(f64::from).collect();
        assert_eq!(Spread::of(many), Some(Spread { lower: 25.0, median: 50.0, upper: 75.0 }));
    }
}
