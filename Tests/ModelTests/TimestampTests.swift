// Moments and how they are written.
import Model
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_210_096_789, "2024-02-29T12:34:56.789Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-2_208_988_800_000, "1900-01-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func aMomentIsWrittenAndRead(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test func randomMomentsReadBack() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let moment = Timestamp(
                milliseconds: .random(in: -62_167_219_200_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(moment.description) == moment)
        }
    }

    @Test(arguments: [
        ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00.000Z"),
        ("2026-11-20 12:00:00Z", "2026-11-20T12:00:00.000Z"),
        ("2026-11-20T12:00:00.5Z", "2026-11-20T12:00:00.500Z"),
        ("2026-11-20T12:00:00.123456Z", "2026-11-20T12:00:00.123Z"),
        ("2026-11-20T12:00:00+01:00", "2026-11-20T11:00:00.000Z"),
        ("2026-11-20T12:00:00+0100", "2026-11-20T11:00:00.000Z"),
        ("2026-11-20T00:30:00.000+05:45", "2026-11-19T18:45:00.000Z"),
        ("2026-12-31T23:00:00-03:30", "2027-01-01T02:30:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
    ])
    func zonesAndFractionsAreRead(_ text: String, _ utc: String) {
        #expect(Timestamp(text)?.description == utc)
    }

    @Test(arguments: [
        "", "Z", "now", "2026-11-20", "2026-11-20T12:00:00", "2026-11-20T12:00:00.Z", "2026-13-20T12:00:00Z",
        "2026-00-20T12:00:00Z", "2026-11-00T12:00:00Z", "2026-11-31T12:00:00Z", "2026-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T12:60:00Z", "2026-11-20T12:00:61Z",
        "2026-11-20T12:00:00+1:00", "2026-11-20T12:00:00+99:99", "2026-11-20T12:00:00+0:1:0:0",
        "2026-11-20T12:00:00Zz", "2026-11-2oT12:00:00Z", "20261-1-20T12:00:00Z", "-026-11-20T12:00:00Z",
    ])
    func whatIsNoMomentIsRefused(_ text: String) { #expect(Timestamp(text) == nil) }

    @Test func leapYearsHaveTheirDay() {
        #expect(Timestamp("2000-02-29T12:00:00Z") != nil)
        #expect(Timestamp("2028-02-29T12:00:00Z") != nil)
    }

    @Test func daysAndFoldersAreUTC() throws {
        let moment = try #require(Timestamp("2026-01-01T00:30:00+01:00"))
        #expect(moment.day == "2025-12-31")
        #expect(moment.dayFolder == "2025/12/31")
    }

    @Test func secondsAreAddedAndSubtracted() throws {
        let moment = try #require(Timestamp("2026-11-20T12:00:00Z"))
        #expect((moment + 1.5).description == "2026-11-20T12:00:01.500Z")
        #expect((moment + -86400).day == "2026-11-19")
        #expect((moment + 1.5).seconds(since: moment) == 1.5)
        #expect(moment < moment + 0.001)
    }
}
