// What the status socket is asked to do to an asset: try it again, delete it, restore it, rename it.
import Model
import Status

extension Answers {
    func retry(_ asset: Asset, by name: String?) async -> Response {
        await change { pipeline in try await pipeline.keeper.tryAgain(asset.id, by: name) }
    }

    func delete(_ asset: Asset, by name: String?) async -> Response {
        await change { pipeline in
            let deleted = try await pipeline.keeper.delete(asset.id, by: name)
            pipeline.ended(deleted)
            return deleted
        }
    }

    func restore(_ asset: Asset, by name: String?) async -> Response {
        await change { pipeline in
            let restored = try await pipeline.keeper.restore(asset.id, by: name)
            pipeline.restored(restored)
            return restored
        }
    }

    func rename(_ asset: Asset, _ renaming: Renaming, by name: String?) async -> Response {
        await change { pipeline in
            let renamed = try await pipeline.keeper.rename(
                asset.id, caption: renaming.caption, collection: renaming.collection, by: name)
            pipeline.renamed(renamed)
            return renamed
        }
    }

    static var notReady: Response { .error(status: 503, code: "paused", "The archive is not ready.") }

    func change(_ act: (Pipeline) async throws -> Asset) async -> Response {
        guard let pipeline else { return Self.notReady }
        do {
            let changed = try await act(pipeline)
            return .json(report(changed, .some(try? await librarian.damage(of: [changed])[changed.id])))
        } catch let refusal as Keeper.NoChange {
            switch refusal {
            case .unknown: return .notFound("No asset has this id.")
            case .state(let asset, let wanted):
                let isPurged = asset.state == .purged
                return .error(
                    status: isPurged ? 410 : 409, code: isPurged ? "purged" : "not-\(wanted.rawValue)",
                    "\(asset.sourceName.text) is \(asset.state.rawValue); this can only be asked of what is \(wanted.rawValue)."
                )
            case .gone(let asset, let place):
                return .error(
                    status: 409, code: "gone", "\(asset.sourceName.text) is no longer in \(place).")
            }
        } catch let refusal as Pipeline.CannotHeal {
            return .error(status: 409, code: "cannot-heal", refusal.text)
        } catch {
            // What was begun is brought to an end as soon as the machine allows.
            _ = pipeline.failed(Fault(error), about: nil)
            return .error(status: 503, code: "unavailable", Fault(error).refusal.text)
        }
    }
}
