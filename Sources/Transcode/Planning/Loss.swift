package import Model

/// How much of an original was lost on the way, and what people should know of it. Pure: what was counted goes
/// in, remarks or a refusal come out.
///
/// What plays for the most part is published: half a memory is better than none, and the original is kept.
package struct Loss: Sendable {
    /// How long the original should play, and how far its pictures came.
    package var expected_s: Double?
    package var reached_s: Double
    /// What of that the file has not got, as its own index says.
    package var listed: Listing?
    package var packetsRead: Int
    package var pictures: Int
    /// The file is shorter than it says, or reading it broke off.
    package var isCut: Bool
    /// What there is to rely on is only how long the container says that it plays.
    package var isClaim: Bool
    /// The container had parts that nobody could read.
    package var hasGaps: Bool
    /// The parts of pictures and sound that were damaged, from 0 to 1.
    package var damage: Double
    package var soundDamage: Double

    package init(
        expected_s: Double?, reached_s: Double, listed: Listing? = nil, packetsRead: Int, pictures: Int,
        isCut: Bool = false, isClaim: Bool = false, hasGaps: Bool = false, damage: Double = 0,
        soundDamage: Double = 0
    ) {
        self.expected_s = expected_s
        self.reached_s = reached_s
        self.listed = listed
        self.packetsRead = packetsRead
        self.pictures = pictures
        self.isCut = isCut
        self.isClaim = isClaim
        self.hasGaps = hasGaps
        self.damage = damage
        self.soundDamage = soundDamage
    }

    package func remarks() throws(Refusal) -> [String] {
        guard pictures > 0 else { throw Refusal(isShort ? .truncated : .corrupt) }
        if isShort, !isClaim || hasGaps || isCut, missing_s > (expected_s ?? 0) / 2 {
            throw Refusal(damage > 0.5 ? .corrupt : .truncated, "Less than half of it could be read.")
        }
        if damage > 0.5 { throw Refusal(.corrupt, "More than half of its pictures are damaged.") }
        var remarks: [String] = []
        if isShort, missing_s > 0.1 {
            remarks.append("The last \(Self.words(missing_s)) could not be read.")
        } else if isCut {
            remarks.append("The end of this file is missing.")
        }
        if damage > 0 { remarks.append("Some of its pictures are damaged.") }
        if hasGaps, remarks.isEmpty { remarks.append("Some of it could not be read.") }
        if soundDamage > 0.01 { remarks.append("Some of its sound is damaged.") }
        return remarks
    }

    private var missing_s: Double { max(0, (expected_s ?? reached_s) - reached_s) }

    /// An index that lists every packet is believed whatever the container claims; a claim alone counts only where
    /// much is missing, because claims are made before the recording ends.
    private var isShort: Bool {
        if let listed {
            return listed.inside_s < listed.span_s || packetsRead < listed.packets * 19 / 20
        }
        return isCut || isClaim && missing_s > max(1, (expected_s ?? 0) * 0.05)
    }

    private static func words(_ seconds: Double) -> String {
        switch seconds {
        case ..<1.5: "second"
        case ..<120: "\(Int(seconds.rounded())) seconds"
        default: "\(Int((seconds / 60).rounded())) minutes"
        }
    }
}
