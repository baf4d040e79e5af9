// The door at work: every request passes it before anybody is asked.
internal import CMicrohttpd
internal import Model
internal import Platform

extension Server {
    enum Admission: ~Copyable {
        /// With the name of the token that allowed it.
        case admitted(by: String?)
        /// It was a question about the door itself.
        case answered(Response)
        case denied(RequestFailure)
        /// A wrong token: whoever guesses shall have to wait.
        case deniedLater
    }

    func admit(_ request: Request, _ connection: OpaquePointer) -> Admission {
        guard let door else {
            guard case .session(let act) = request else { return .admitted(by: nil) }
            let all = SessionReport(mayRead: true, mayChange: true, name: nil, hasTokens: false)
            return .answered(act == .look ? .json(all) : .noContent(cookie: Door.noCookie))
        }
        let visitor = Visitor(connection)
        if case .session(let act) = request {
            guard door.hosts.meansUs(visitor.host, at: visitor.address) else {
                return .denied(Denial.otherHost.failure)
            }
            return answer(act, visitor, door)
        }
        switch door.judge(request.need, visitor) {
        case .welcome(let name): return .admitted(by: name)
        case .denied(.wrongToken): return .deniedLater
        case .denied(let denial): return .denied(denial.failure)
        }
    }

    private func answer(_ act: SessionAct, _ visitor: Visitor, _ door: Door) -> Admission {
        switch act {
        case .look:
            if let token = visitor.token, !door.tokens.knows(token) { return .deniedLater }
            return .answered(.json(door.session(of: visitor)))
        case .begin(let token):
            guard let cookie = door.cookie(for: token, visitor) else { return .deniedLater }
            return .answered(.noContent(cookie: cookie))
        case .end: return .answered(.noContent(cookie: Door.noCookie))
        }
    }

    func delay(_ exchange: Exchange) {
        let wait_s = min(Limits.wrongToken_s * Double(1 + delayed.count), Limits.wrongTokenAtMost_s)
        delayed.append((Clock.monotonic_s() + wait_s, exchange))
    }

    func answerDelayed() {
        let now_s = Clock.monotonic_s()
        let due = delayed.filter { $0.due_s <= now_s }
        if due.isEmpty { return }
        delayed.removeAll { $0.due_s <= now_s }
        for (_, exchange) in due {
            let failure = Denial.wrongToken.failure
            deliver(.error(status: failure.status, code: failure.code, failure.text), to: exchange)
        }
    }
}
