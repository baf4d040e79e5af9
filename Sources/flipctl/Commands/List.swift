// `list`: the newest files, one per line.
internal import Model

func list(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    var assets: [AssetReport] = []
    let hasMore = try eachPage(asked.query, client) { page, bytes in
        if asked.wantsJSON { output.raw(bytes) } else { assets += page.assets }
    }
    if asked.wantsJSON { return .done }
    if assets.isEmpty {
        output.line("There is nothing to list.")
        return .done
    }
    for line in tableLines(assets) { output.line(line) }
    if hasMore && !asked.isLimited { output.line("There are more; --limit shows them.") }
    return .done
}

/// Asks for page after page until the query's limit is reached. Answers whether there is more.
func eachPage(
    _ query: AssetQuery, _ client: Client, _ take: (AssetPage, [UInt8]) -> Void
) throws(Failure) -> Bool {
    var left = query.limit
    var after: AssetID?
    while true {
        let bytes = try client.request(
            "/v1/assets",
            [
                ("state", query.state?.rawValue), ("kind", query.kind?.rawValue),
                ("collection", query.collection),
                ("ref", query.ref), ("name", query.name), ("limit", String(min(left, Limits.listPage))),
                ("after", after?.description),
            ])
        let page = try client.decode(AssetPage.self, bytes)
        take(page, bytes)
        left -= page.assets.count
        guard let next = page.next, left > 0, !page.assets.isEmpty else { return page.next != nil }
        after = next
    }
}

private func tableLines(_ assets: [AssetReport]) -> [String] {
    let length = idLength(assets.map(\.sidecar.id))
    let states = assets.map { asset in
        asset.problem.map { "\(asset.state.rawValue) (\($0.code.rawValue))" } ?? asset.state.rawValue
    }
    let stateWidth = max(5, states.map(\.count).max() ?? 0)
    let heading =
        "\(Text.padded("ID", length))  \(Text.padded("STATE", stateWidth))  "
        + "\(Text.padded("RECEIVED", 16))  FILE"
    return [heading]
        + zip(assets, states).map { asset, state in
            "\(asset.sidecar.id.description.prefix(length))  \(Text.padded(state, stateWidth))  "
                + "\(Text.local(asset.sidecar.receivedAt))  \(Text.name(of: asset.sidecar))"
        }
}

/// How much of each id must be shown to tell them apart. Ids begin with their time, so those of one batch
/// differ late; thirteen characters are that time, to the millisecond, and eighteen count within it.
private func idLength(_ ids: [AssetID]) -> Int {
    let texts = ids.map(\.description)
    return [13, 18, 23].first { length in Set(texts.map { $0.prefix(length) }).count == texts.count } ?? 36
}
