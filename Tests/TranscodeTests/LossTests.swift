// What was lost on the way, and what is said of it.
import Model
import Testing
import Transcode

@Suite struct LossTests {
    private func listing(_ packets: Int, span_s: Double, inside_s: Double? = nil) -> Listing {
        Listing(packets: packets, bytes: 1000, span_s: span_s, inside_s: inside_s ?? span_s, hasCuts: false)
    }

    private func loss(
        expected_s: Double? = 10, reached_s: Double = 10, listed: Listing? = nil, read: Int = 250,
        pictures: Int = 250,
        isCut: Bool = false, isClaim: Bool = false, gaps: Bool = false, damage: Double = 0, sound: Double = 0
    ) -> Loss {
        Loss(
            expected_s: expected_s, reached_s: reached_s, listed: listed, packetsRead: read, pictures: pictures,
            isCut: isCut, isClaim: isClaim, hasGaps: gaps, damage: damage, soundDamage: sound)
    }

    @Test func whatIsWholeIsNotRemarkedUpon() throws {
        #expect(try loss().remarks().isEmpty)
        // Claims of the container alone are not believed: neither too much nor too little.
        #expect(try loss(expected_s: 90_000).remarks().isEmpty)
        #expect(try loss(expected_s: 90_000, listed: listing(250, span_s: 10)).remarks().isEmpty)
        #expect(try loss(expected_s: nil).remarks().isEmpty)
        // Rubbish behind an index that has everything.
        #expect(
            try loss(listed: listing(250, span_s: 10), isCut: true).remarks() == [
                "The end of this file is missing."
            ])
    }

    @Test func whatPlaysForTheMostPartIsPublishedWithARemark() throws {
        let cut = listing(250, span_s: 10, inside_s: 7)
        #expect(try loss(reached_s: 7, listed: cut).remarks() == ["The last 3 seconds could not be read."])
        #expect(
            try loss(reached_s: 9, listed: listing(250, span_s: 10), read: 225).remarks() == [
                "The last second could not be read."
            ])
        #expect(try loss(reached_s: 8, isCut: true).remarks() == ["The last 2 seconds could not be read."])
        #expect(
            try loss(expected_s: 3600, reached_s: 3000, isCut: true).remarks() == [
                "The last 10 minutes could not be read."
            ])
        #expect(try loss(expected_s: nil, isCut: true).remarks() == ["The end of this file is missing."])
        #expect(
            try loss(reached_s: 3, isClaim: true).remarks() == ["The last 7 seconds could not be read."])
        #expect(try loss(gaps: true).remarks() == ["Some of it could not be read."])
        #expect(try loss(damage: 0.3).remarks() == ["Some of its pictures are damaged."])
        #expect(try loss(sound: 0.3).remarks() == ["Some of its sound is damaged."])
        #expect(try loss(sound: 0.003).remarks().isEmpty)
    }

    @Test func whatDoesNotIsHandedBack() {
        let gone = Refusal(.truncated, "Less than half of it could be read.")
        #expect(throws: gone) {
            try loss(reached_s: 4, listed: listing(250, span_s: 10, inside_s: 4)).remarks()
        }
        #expect(throws: gone) { try loss(reached_s: 4, isCut: true).remarks() }
        // A claim alone is no reason to refuse; with gaps it is one.
        #expect(throws: gone) { try loss(reached_s: 4, isClaim: true, gaps: true).remarks() }
        #expect(throws: Refusal(.corrupt, "Less than half of it could be read.")) {
            try loss(reached_s: 4, isCut: true, damage: 0.6).remarks()
        }
        #expect(throws: Refusal(.corrupt, "More than half of its pictures are damaged.")) {
            try loss(damage: 0.6).remarks()
        }
        #expect(throws: Refusal(.corrupt)) { try loss(pictures: 0).remarks() }
        #expect(throws: Refusal(.truncated)) { try loss(pictures: 0, isCut: true).remarks() }
    }
}
