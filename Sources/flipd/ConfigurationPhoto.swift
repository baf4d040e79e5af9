// The keys of [Photo].
import Model

extension ConfigurationKey {
    static let photo = [
        whole("Photo", "LongSide", "2400", 160...8192) { $0.photoRecipe.longSide = $1 },
        whole("Photo", "Quality", "85", 30...95) { $0.photoRecipe.quality = $1 },
        ConfigurationKey(
            section: "Photo", name: "Sizes", standard: "150 300 800x600",
            allowed:
                "one to eight sizes such as 300 or 800x600, separated by spaces, each side from 16 to 4096, and no two of one width"
        ) { text, configuration in
            let words = text.split(separator: " ")
            let boxes = words.compactMap { PhotoRecipe.Box($0) }
            configuration.photoRecipe.sizes = boxes
            // The width gives the file its name.
            return boxes.count == words.count && (1...8).contains(boxes.count)
                && Set(boxes.map(\.width)).count == boxes.count
        },
        ConfigurationKey(
            section: "Photo", name: "MaxPixels", standard: "300M",
            allowed:
                "a number of pixels from 1M to 10G, in which K, M and G are a thousand, a million and a billion"
        ) { text, configuration in
            guard let pixels = Quantity.count(text), (1_000_000...10_000_000_000).contains(pixels) else {
                return false
            }
            configuration.photoRecipe.maxPixels = pixels
            return true
        },
    ]
}

extension PhotoRecipe.Box {
    /// `300` is a square, `800x600` is not.
    fileprivate init?(_ text: Substring) {
        let words = text.split(separator: "x", omittingEmptySubsequences: false)
        let sides = words.compactMap { $0.first?.isNumber == true ? Int($0) : nil }
        guard let width = sides.first, let height = sides.last, sides.count == words.count, sides.count <= 2,
            sides.allSatisfy((16...4096).contains)
        else { return nil }
        self.init(width: width, height: height)
    }
}
