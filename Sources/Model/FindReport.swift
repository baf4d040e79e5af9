/// The answer to `GET /v1/find`: where the files of a name are.
package struct FindReport: Codable, Sendable {
    package struct File: Codable, Sendable {
        package var name: String
        package var collection: String
        package var answer: Whereabouts.Answer
        package var text: String
        /// Nil while it is not taken.
        @OrNull package var asset: AssetID?

        package init(name: String, collection: String, _ whereabouts: Whereabouts, asset: AssetID?) {
            self.name = name
            self.collection = collection
            answer = whereabouts.answer
            text = whereabouts.text
            self.asset = asset
        }
    }

    package var files: [File]
    /// All of it in one sentence.
    package var text: String

    /// More help nobody.
    package static let filesAtMost = 50

    /// `unseen` says why it is not known what stands in the drop folder, where that is so.
    package init(of name: CameraName, files: [File], hasMore: Bool, unseen: String? = nil) {
        self.files = files
        text =
            switch files.count {
            case 0:
                unseen.map { "Nothing is known of a file called “\(name.text)” just now. \($0)" }
                    ?? Self.neverArrived(name.text)
            case 1: "\(files[0].name): \(files[0].text)\(files[0].text.hasSuffix(".") ? "" : ".")"
            default: Self.count(files, hasMore: hasMore)
            }
    }

    private static func neverArrived(_ name: String) -> String {
        """
        No file called “\(name)” ever arrived. See whether its copy has finished, and whether it went into the drop \
        folder and under this name; then copy it again.
        """
    }

    private static func count(_ files: [File], hasMore: Bool) -> String {
        let parts = Whereabouts.Answer.allCases.compactMap { answer in
            let count = files.count { $0.answer == answer }
            return count == 0 ? nil : answer.counted(count)
        }
        let number = hasMore ? "More than \(files.count)" : "\(files.count)"
        return
            "\(number) files have this in their name: \(parts.joined(separator: ", "))\(hasMore ? ", …" : ".")"
    }
}

extension Whereabouts.Answer {
    /// "3 published", "1 needs you".
    package func counted(_ count: Int) -> String {
        switch self {
        case .published: "\(count) published"
        case .alreadyHere: "\(count) already here"
        case .waiting: "\(count) waiting"
        case .needsYou: "\(count) \(count == 1 ? "needs" : "need") you"
        case .inTheTrash: "\(count) in the trash"
        case .gone: "\(count) gone"
        }
    }
}

/// The answer to `GET /v1/needs_you`: what stands in `Problems`, the newest first.
package struct NeedsYouReport: Codable, Sendable {
    package struct File: Codable, Sendable {
        package var name: String
        package var collection: String
        @OrNull package var asset: AssetID?
        @OrNull package var since: Timestamp?
        @OrNull package var problem: Problem?
        /// What is wrong and what to do.
        package var text: String

        /// `place` is where it stands below `Problems`. Without an asset and a refusal nobody knows of it.
        package init(at place: Path, asset: Asset?, refusal: Refusal?) {
            name = place.name.text
            collection = Placement(of: place).collection.text
            self.asset = asset?.id
            since = asset?.endedAt
            problem = refusal?.problem
            text = refusal?.advice ?? Self.unknown
        }

        private static let unknown = """
            This file was put here by somebody, and not handed back. Move it into a folder beside Problems if it \
            belongs in the archive; otherwise take it away.
            """
    }

    package var files: [File]
    /// How many there are beyond these.
    package var more: Int

    package static let filesAtMost = 100

    package init(files: [File], more: Int) { (self.files, self.more) = (files, more) }
}
