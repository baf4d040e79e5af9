internal import Model

/// How the encoder of pictures is told to work: what a name in `Preset=` means. Pure.
package struct EncoderRecipe: Hashable, Sendable {
    package enum Profile: String, Sendable { case main, high }

    /// x264's own preset, with which all begins.
    package let preset: String
    package let profile: Profile
    /// x264's own parameters, where the preset's are not wanted.
    private let parameters: String
    /// How many pictures it would like to look ahead.
    private let lookahead: Int
    /// What published videos say that they were made with; another recipe gets another name.
    package let name: String

    package init(preset: String) {
        switch preset {
        // Searched over recordings of phones and cameras (docs/decisions/recipe.md).
        case Recipe.usualPreset:
            self.preset = "medium"
            profile = .high
            parameters = "ref=1:me=dia:partitions=p8x8,i8x8,i4x4:weightp=1:aq-strength=0.8"
            lookahead = 20
            name = "camera-2"
        default:
            self.preset = preset == Recipe.seedPreset ? "medium" : preset
            profile = .main
            parameters = ""
            lookahead = Self.lookaheads[self.preset] ?? 40
            name = "seed-3"
        }
    }

    /// How many pictures x264's presets look ahead.
    private static let lookaheads = [
        "ultrafast": 0, "superfast": 0, "veryfast": 10, "faster": 20, "fast": 30, "medium": 40, "slow": 50,
        "slower": 60, "veryslow": 60,
    ]
    /// Pixels that are looked at ahead at most, each of which takes three to four bytes.
    private static let pixelsAhead = 1920 * 1080 * 8

    /// How many pictures may wait for the thread that looks ahead. x264 would let one more wait than there are B-pictures in
    /// a row; one keeps everybody at work, and makes no difference to what comes out.
    private static let handing = "sync-lookahead=1"

    /// The parameters for pictures of a size. Looking ahead is most of an encoder's memory, and brings little beyond this.
    package func parameters(width: Int, height: Int) -> String {
        let most = max(4, Self.pixelsAhead / max(1, width * height))
        let ahead = min(lookahead, most)
        return
            ([parameters, Self.handing] + (ahead == Self.lookaheads[preset] ? [] : ["rc-lookahead=\(ahead)"]))
            .filter { !$0.isEmpty }.joined(separator: ":")
    }
}
