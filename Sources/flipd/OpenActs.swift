// Every act that has begun and not ended. The keeper alone changes them; others look at them without waiting for it, because
// no row tells of what is under way. Whoever looks into a folder, then here, and then at the rows misses nothing.
import Model
import Platform

final class OpenActs: Sendable {
    /// By the line that began each.
    private let facts = Shared<[Keeper.OpenAct: Fact]>([:])

    subscript(act: Keeper.OpenAct) -> Fact? {
        get { facts.with { $0[act] } }
        set { facts.with { $0[act] = newValue } }
    }

    var all: [Fact] { facts.with { Array($0.values) } }

    /// Files that have no row yet: they are read for the first time, or go back as they are; or that failed, and is tried again.
    /// Just after a start also some whose rows are still compared with the record.
    var withoutRow: [AssetID: Source] {
        all.reduce(into: [:]) { sources, fact in
            guard let source = fact.source else { return }
            let isUntaken = fact.what == .handingBack && fact.original == nil
            if isUntaken || fact.what == .taking || fact.what == .received { sources[fact.id] = source }
        }
    }

    /// What is coming back, by its place below the drop folder, and why. It may stand there already.
    var comingBack: [Path: Refusal] {
        all.reduce(into: [:]) { if $1.what == .handingBack, let place = $1.to { $0[place] = $1.refusal } }
    }
}
