/// A file's name, or a part of it, as somebody remembers it: in any case, and with accents in whichever of the two ways
/// that systems write them.
package struct CameraName: Hashable, Sendable {
    package let text: String
    private let folded: [Character]

    /// Cameras know no folders; whoever names one means the file in it. Nor do they know quotes.
    package init(_ asked: String) {
        let isQuote = { (character: Character) in "\"'“”„«»‘’".contains(character) || character.isWhitespace }
        let name = Path(asked).name.text.drop(while: isQuote)
        text = String(name.reversed().drop(while: isQuote).reversed())
        folded = Self.fold(text)
    }

    /// Without its ending, which the camera, or a computer on the way, may have written in another way; nil where it has none.
    package var stem: CameraName? {
        let (stem, ending) = Path(text).stemAndExtension
        return ending == nil ? nil : CameraName(stem.text)
    }

    package var isEmpty: Bool { folded.isEmpty }

    /// Whether a name has this in it.
    package func isPart(of name: String) -> Bool { Self.fold(name).firstRange(of: folded) != nil }

    package func isAll(of name: String) -> Bool { Self.fold(name) == folded }

    // Characters are equal when they look the same, however they are put together.
    private static func fold(_ text: String) -> [Character] { Array(text.lowercased()) }
}
