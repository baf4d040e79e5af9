/// The answer to `GET /v1/usage`: what takes how much room, and how long there will be some.
package struct UsageReport: Codable, Sendable {
    package struct Account: Hashable, Codable, Sendable {
        package var count: Int
        package var bytes: Int64

        package init(count: Int = 0, bytes: Int64 = 0) {
            self.count = count
            self.bytes = bytes
        }
    }

    /// What is kept, by what it is kept for.
    package enum Class: String, CaseIterable, Codable, Sendable {
        case published, originals, trash, snapshots
    }

    /// `count` is how many are published, `bytes` all that is kept of them and of what is in the trash.
    package struct Collection: Codable, Sendable {
        package var collection: String
        package var count: Int
        package var bytes: Int64

        package init(collection: String, _ account: Account) {
            self.collection = collection
            count = account.count
            bytes = account.bytes
        }
    }

    /// The same by month of publication, in UTC: "2026-11".
    package struct Month: Hashable, Codable, Sendable {
        package var month: String
        package var count: Int
        package var bytes: Int64

        package init(month: String, _ account: Account) {
            self.month = month
            count = account.count
            bytes = account.bytes
        }
    }

    package struct Forecast: Hashable, Codable, Sendable {
        package var months: Int
        package var text: String

        package init(months: Int, text: String) {
            self.months = months
            self.text = text
        }
    }

    package var classes: [String: Account]
    package var kinds: [String: Account]
    /// "Loom" with all below it.
    package var topLevel: [Collection]
    /// "Loom/1905" alone.
    package var collections: [Collection]
    package var months: [Month]
    package var freeBytes: Int64
    @OrNull package var forecast: Forecast?

    private enum CodingKeys: String, CodingKey {
        case classes, kinds, collections, months, forecast
        case topLevel = "top_level"
        case freeBytes = "free_bytes"
    }

    package init(
        classes: [Class: Account], kinds: [Kind: Account], topLevel: [Collection], collections: [Collection],
        months: [Month], freeBytes: Int64, forecast: Forecast?
    ) {
        self.classes = Dictionary(
            uniqueKeysWithValues: Class.allCases.map { ($0.rawValue, classes[$0] ?? Account()) })
        self.kinds = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { ($0.rawValue, kinds[$0] ?? Account()) })
        self.topLevel = topLevel
        self.collections = collections
        self.months = months
        self.freeBytes = freeBytes
        self.forecast = forecast
    }
}
