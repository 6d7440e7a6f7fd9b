import JSON

/// One person's word to several at once, or to the first of them.
extension People {
  /// Says yes to all that waits.
  func approveAll(as user: String) {
    look { [self] in
      for change in seen where change.gate == "awaiting" { send(.post, "\(change.key)/approval", as: user, ["status": "approved"], [:]) }
    }
  }

  /// Says yes to what has waited longest.
  func approveOldest(as user: String) {
    look { [self] in
      guard let oldest = seen.filter({ $0.gate == "awaiting" }).compactMap({ Int64($0.key.dropFirst(4)) }).min() else { return }
      send(.post, "CHG-\(oldest)/approval", as: user, ["status": "approved"], [:])
    }
  }

  /// Says no to all that waits.
  func rejectAll(as user: String) {
    look { [self] in
      for change in seen where change.gate == "awaiting" {
        send(.post, "\(change.key)/approval", as: user, ["status": "rejected", "comment": .string(remark())], [:])
      }
    }
  }

  /// Wishes all that waits to go through the freezes that hold.
  func overrideAll(as user: String) {
    look { [self] in
      for change in seen where change.gate == "awaiting" {
        send(.post, "\(change.key)/freeze-override", as: user, ["reason": .string(remark())], [:])
      }
    }
  }

  /// Has all tried again that was given up.
  func retryAll(as user: String) {
    look { [self] in for change in seen { send(.post, "\(change.key)/callbacks/retry", as: user, nil, [:]) } }
  }
}
