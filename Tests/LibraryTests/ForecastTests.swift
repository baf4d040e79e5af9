// When the disk will be full, with figures worked out by hand.
import Model
import Scratch
import Testing

@testable import Library

private let now = Timestamp("2026-11-21T00:00:00Z")!
private let giga: Int64 = 1_000_000_000

/// Of a disk of 1000 GB; 1.07 GB of the free room are kept for everything else.
private func forecast(
    _ months: [(String, Int64)], since first: String, free: Int64
) -> UsageReport.Forecast? {
    UsageReport.Forecast(
        months.map { UsageReport.Month(month: $0.0, UsageReport.Account(count: 1, bytes: $0.1)) },
        since: Timestamp(first), now: now, Room(total_bytes: 1000 * giga, free_bytes: free))
}

@Suite struct ForecastTests {
    @Test func aYearTellsThePace() {
        // From 1 December 2025 to now are 355 days, or 11.663 months; 116.63 GB in them are 10 GB a month. What came before
        // does not count.
        let months = [("2025-11", 500 * giga), ("2025-12", 66_630_000_000), ("2026-11", 50 * giga)]
        let found = forecast(months, since: "2020-01-01T00:00:00Z", free: 75 * giga)
        #expect(found == UsageReport.Forecast(months: 7, text: "Full in about 7 months at this year's pace."))
        #expect(
            forecast(months, since: "2020-01-01T00:00:00Z", free: 10 * giga)?.text
                == "Full in less than a month at this year's pace.")
        #expect(
            forecast(months, since: "2020-01-01T00:00:00Z", free: 12 * giga)?.text
                == "Full in about a month at this year's pace.")
        #expect(
            forecast(months, since: "2020-01-01T00:00:00Z", free: 380 * giga)?.text
                == "Full in about 3 years at this year's pace.")
        #expect(forecast(months, since: "2020-01-01T00:00:00Z", free: giga)?.months == 0)
    }

    @Test func whatIsYoungSaysWhatItKnows() {
        // 20 days, 40 GB: 2 GB a day, 60.875 GB a month.
        let months = [("2026-11", 40 * giga)]
        #expect(
            forecast(months, since: "2026-11-01T00:00:00Z", free: 245 * giga)
                == UsageReport.Forecast(
                    months: 4, text: "Full in about 4 months at the pace of the last 20 days."))
        #expect(forecast(months, since: "2026-11-07T00:00:00Z", free: 245 * giga)?.months == 2)
        #expect(forecast(months, since: "2026-11-07T00:00:01Z", free: 245 * giga) == nil)
        #expect(UsageReport.Forecast([], since: nil, now: now, Room(total_bytes: 1, free_bytes: 1)) == nil)
    }

    @Test func fartherThanTenYearsNobodySees() {
        let found = forecast([("2026-11", 1_000_000)], since: "2026-01-01T00:00:00Z", free: 900 * giga)
        #expect(found?.months == 120)
        #expect(found?.text == "Not full for more than ten years at the pace of the last 324 days.")
        #expect(forecast([], since: "2020-01-01T00:00:00Z", free: giga * 900)?.months == 120)
    }
}
