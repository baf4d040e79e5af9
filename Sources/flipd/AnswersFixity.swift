// What the status socket is asked about the files themselves: read them again, bring back what is damaged.
import Ledger
import Model
import Platform
import Status

extension Answers {
    func verify(_ query: VerifyQuery) async throws -> Response {
        guard let pipeline else { return Self.notReady }
        let verification = pipeline.verification
        do {
            switch query {
            case .share: return .json(try await verification.verify(.share))
            case .all: return .json(try await verification.verify(.all))
            case .assets(let prefixes):
                var assets: [Asset] = []
                for prefix in prefixes {
                    switch try await found(prefix) {
                    case .asset(let asset) where asset.stage == .published || asset.stage == .deleted:
                        assets.append(asset)
                    case .asset(let asset):
                        return .error(
                            status: 409, code: "not-ready",
                            "\(asset.sourceName.text) is \(asset.state.rawValue); only what is ready or deleted has files to verify."
                        )
                    case .not(let response): return response
                    }
                }
                return .json(try await verification.verify(assets))
            }
        } catch let error as Errno where error == .stopped {
            return .error(
                status: 503, code: "stopped",
                "The verification was stopped. It goes on where it stood when it is asked for again.")
        }
    }

    var verifyProgress: Response { .json(pipeline?.verification.progress ?? VerifyProgress()) }

    func heal(_ asset: Asset, by name: String?) async -> Response {
        await change { pipeline in try await pipeline.heal(asset, by: name) }
    }

    /// What is known to be damaged or missing, as reasons for worry.
    static func reasons(for damage: Librarian.DamageNumbers) -> [Reason] {
        let kinds = [
            (Damage.What.damaged, damage.damaged, "is damaged", "are damaged"),
            (.missing, damage.missing, "has a file missing", "have files missing"),
        ]
        return kinds.compactMap { what, assets, one, many in
            guard let first = assets.first.first else { return nil }
            let names = assets.first.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
            let more = assets.count > assets.first.count ? " and \(assets.count - assets.first.count) more" : ""
            let heal =
                assets.count == 1
                ? "“flipctl heal \(first.id)” brings it back, or says what to do."
                : "“flipctl heal” with each id brings them back, or says what to do."
            return Reason(
                code: what.rawValue, text: "\(names)\(more) \(assets.count == 1 ? one : many). \(heal)")
        }
    }
}
