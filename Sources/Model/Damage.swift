/// One file of an asset that is not what it was when it was published, as a check found it.
package struct Damage: Hashable, Codable, Sendable {
    package enum What: String, CaseIterable, Codable, Sendable {
        case damaged, missing
    }

    /// Below the library.
    package var file: String
    package var what: What
    /// One plain sentence.
    package var text: String

    package init(file: String, what: What, text: String) {
        self.file = file
        self.what = what
        self.text = text
    }
}

/// The answer to `POST /v1/verify`, and to GET while it runs or when it has ended.
package struct VerifyReport: Codable, Sendable {
    package struct Found: Codable, Sendable {
        package var id: AssetID
        package var file: String
        package var what: Damage.What
        package var text: String

        package init(id: AssetID, _ damage: Damage) {
            self.id = id
            file = damage.file
            what = damage.what
            text = damage.text
        }
    }

    /// How many assets were looked at.
    package var checked: Int
    package var damaged: [Found]
    /// Why it ended before its end, where it did.
    package var stopped: Reason?

    package init(checked: Int = 0, damaged: [Found] = [], stopped: Reason? = nil) {
        self.checked = checked
        self.damaged = damaged
        self.stopped = stopped
    }
}

/// The answer to `GET /v1/verify`: how far a verification is; all zeros while there is none.
package struct VerifyProgress: Codable, Sendable {
    package var running: Bool
    package var checked: Int
    package var total: Int
    package var bytes: Int64
    package var totalBytes: Int64

    private enum CodingKeys: String, CodingKey {
        case running, checked, total, bytes
        case totalBytes = "total_bytes"
    }

    package init(
        running: Bool = false, checked: Int = 0, total: Int = 0, bytes: Int64 = 0, totalBytes: Int64 = 0
    ) {
        self.running = running
        self.checked = checked
        self.total = total
        self.bytes = bytes
        self.totalBytes = totalBytes
    }
}
