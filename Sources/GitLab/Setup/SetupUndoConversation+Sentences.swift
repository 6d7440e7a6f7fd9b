internal import HTTPMessages
internal import JSON

/// Why something is not taken back, and what to do: for people.
extension SetupUndoConversation {
  /// GitLab's no, or its silence.
  mutating func refused(_ meaning: AnswerMeaning) -> ConversationMove<SetupUndoing> {
    let fault = SetupFault(meaning) ?? SetupFault(.invalid, "no answer")
    let said = "GitLab \(api.instance) does not let \(trace.text) be removed (\(fault.message))"
    if fault.isUnavailable { return .end(.stopped("\(said); \(view.again) when it answers: what is done is not done twice")) }
    if case .invalid = meaning, change.kind == .protection { return .end(.stopped("\(said); look at it in GitLab, and \(view.again)")) }
    guard change.kind == .account, fault.kind == .missing else {
      return fail("\(said); \(remedy)", isSeen: isShown)
    }
    return fail(
      "\(said), though it shows the user: it is a service account of somewhere else, or not this person's to remove. Undo again with the token "
        + "of an Owner of \(change.place.text); or have an administrator remove the user \(change.name) (Admin > Users), and \(view.again)")
  }

  /// Whether it is there cannot be told.
  mutating func unseen(_ meaning: AnswerMeaning?) -> ConversationMove<SetupUndoing> {
    if let meaning, let fault = SetupFault(meaning), fault.isUnavailable {
      return .end(.stopped("GitLab \(api.instance) cannot be heard about \(trace.text) (\(fault.message)); \(view.again) when it answers"))
    }
    let said = "whether \(trace.text) is still there GitLab \(api.instance) does not show: "
    switch change.kind {
    case .account, .token:
      return fail(said + "\(view.again) with the token of an Owner of \(change.place.text), or of an administrator")
    case .membership, .protection, .secret, .hook, .adminToken:
      return fail(
        said + "\(view.again) with the token of a Maintainer there, or once its licence has protected environments again")
    }
  }

  /// What is in a project or group that is to be deleted cannot be removed by itself, and goes with it: so it is looked at before it is said.
  ///
  /// - Parameter isSeen: whether it was shown, and only not let go.
  mutating func fail(_ sentence: String, isSeen: Bool = false) -> ConversationMove<SetupUndoing> {
    guard change.place != .instance, change.kind != .account, change.kind != .token else {
      return .end(isSeen ? .refused(sentence) : .failed(sentence))
    }
    phase = .seekingPlace(sentence, isSeen: isSeen)
    return .send(api.place(change.place))
  }

  private var remedy: String {
    switch change.kind {
    case .account: "\(view.again) with the token of an administrator, or of an Owner whom this GitLab lets manage service accounts"
    case .adminToken:
      "it takes the token of \(change.place.level == .group ? "an Owner of the group" : "a Maintainer of the project"), with scope api; \(view.again) with that"
    case .token: "\(view.again) with the token of an administrator, or of an Owner whom this GitLab lets manage service accounts"
    case .membership, .protection, .secret, .hook:
      "\(view.again) with the token of an Owner or Maintainer; where it is one, see whether \(change.place.text) is archived, which lets nobody change "
        + "it, and unarchive it for as long as this takes"
    }
  }

  /// Whether it was shown before, which is why it was asked to go.
  private var isShown: Bool {
    switch phase {
    case .acting, .readingBack: true
    default: false
    }
  }

  func ending(_ meaning: AnswerMeaning, _ sentence: String, isSeen: Bool) -> SetupUndoing {
    switch meaning {
    case .content(let place):
      guard let day = place.text("marked_for_deletion_on", limit: 40) else { break }
      return .stranded(
        "\(sentence). GitLab has marked \(change.place.text) for deletion (\(day)), and what is in it goes with it: restore it to take this back"
      )
    case .notFound:
      return .unseen(
        "\(sentence). GitLab does not show \(change.place.text) itself either: it is deleted, moved, or not for this person, and only an "
          + "administrator's token tells which")
    default: break
    }
    return isSeen ? .refused(sentence) : .failed(sentence)
  }

  func otherName(_ found: JSONValue) -> String? {
    trace.otherName(found.text("username"), besides: view.username, on: api.instance).map { "\($0), and \(view.again)" }
  }

  /// How others' edits go too.
  var discarding: String { "`gatehouse setup undo --discard-changes \"\(trace.text)\"`" }
}

extension SetupTrace {
  /// A GitLab that was restored to a time before apply gives out the same numbers once more: whoever has the account's now may be somebody else. Nil where
  /// the account, or that of a membership, a token or a protection, is called as apply knows it.
  ///
  /// - Parameters:
  ///   - now: what the user of its number is called; nil where that is not known.
  ///   - known: what the gate's account is called, where this is of that.
  package func otherName(_ now: String?, besides known: String?, on instance: String) -> String? {
    guard let now, let account = accountID, let made = [.token, .protection].contains(change.kind) ? known : change.name,
      ![made, known].contains(where: { $0?.lowercased() == now.lowercased() })
    else { return nil }
    return
      "user \(account) of GitLab \(instance) is \(now), and apply has made \(made): GitLab was restored to a time before and has given the number to "
      + "somebody else, or the account was renamed. It stays; where it is the gate's, call it \(made) again"
  }
}
