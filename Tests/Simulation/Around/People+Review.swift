/// A glass that was broken is looked at soon, by who broke it now and then.
extension People {
  func review(_ key: String, brokenBy breaker: String) {
    for reviewer in [breaker, "olu", "adam"] where life.chance.happens(0.4) {
      life.after(life.chance.within(1...90) * 1_000) { [self] in
        if !life.isQuiet { send(.post, "\(key)/review", as: reviewer, ["comment": "looked at"], [:]) }
      }
    }
  }
}
