/// Moments as people at one place say them, at one moment.
package struct PlaceTime: Sendable {
    package let now: Timestamp
    /// Seconds that this place is east of UTC at a moment.
    private let zone_s: @Sendable (Timestamp) -> Double

    package init(now: Timestamp, zone_s: @escaping @Sendable (Timestamp) -> Double) {
        self.now = now
        self.zone_s = zone_s
    }

    /// "14:03".
    package func clock(_ moment: Timestamp) -> String {
        String(here(moment).description.dropFirst(11).prefix(5))
    }

    /// "3 November", with the year where it is another one.
    package func date(_ moment: Timestamp) -> String { localDay(moment).date(localDay(now)) }

    /// "today", "yesterday", or the date.
    package func day(_ moment: Timestamp) -> String { localDay(moment).text(localDay(now)) }

    /// How many midnights lie between a moment and now; less than zero where it is still to come.
    package func daysAgo(_ moment: Timestamp) -> Int { Int(localDay(now).number - localDay(moment).number) }

    /// The midnight with which a day began, or will begin where `days` is less than zero.
    package func startOfDay(daysAgo days: Int) -> Timestamp {
        let inUTC = Timestamp(milliseconds: (localDay(now).number - Int64(days)) * 86_400_000)
        // The zone of that day, for clocks may be changed between then and now.
        let nearly = inUTC + -zone_s(inUTC)
        return inUTC + -zone_s(nearly)
    }

    private func here(_ moment: Timestamp) -> Timestamp { moment + zone_s(moment) }

    private func localDay(_ moment: Timestamp) -> LocalDay { LocalDay(moment, zone_s: zone_s(moment)) }
}

extension PlaceTime {
    /// How long something will take, no more exactly than it can be known: "about 10 minutes".
    package static func about(_ seconds: Double) -> String {
        let minutes = max(1, (seconds / 60).rounded())
        switch minutes {
        case 1: return "about a minute"
        case ..<10: return "about \(Int(minutes)) minutes"
        case ..<88: return "about \(Int((minutes / 5).rounded()) * 5) minutes"
        case ..<2880: return "about \(Int((minutes / 60).rounded())) hours"
        default: return "about \(Int(min(minutes / 1440, 9999).rounded())) days"
        }
    }
}
