extension ControlPlan {
  /// Whether a service has this project of a GitLab under change control.
  package func governs(project: Int64, path: String, on instance: String) -> Bool {
    services.contains { $0.instance == instance && $0.covers(project: project, path: path) }
  }

  /// Whether projects below this group of a GitLab would be under change control by their path, be there any now or not.
  package func governsPaths(below group: String, on instance: String) -> Bool {
    patterns(on: instance).contains { pattern in
      if case .path(let pattern) = pattern { pattern.matchesSomething(below: group) } else { false }
    }
  }

  /// The projects of a GitLab that are configured by number: only GitLab knows which groups they are in.
  package func projectNumbers(on instance: String) -> [Int64] {
    var numbers: [Int64] = []
    for case .id(let id) in patterns(on: instance) where !numbers.contains(id) { numbers.append(id) }
    return numbers
  }

  private func patterns(on instance: String) -> [ProjectPattern] { services.filter { $0.instance == instance }.flatMap(\.projects) }
}

extension Pattern {
  /// Whether there can be a path below this one that matches.
  func matchesSomething(below path: String) -> Bool {
    var places: Set<Int> = [0]
    let pattern = Pattern.pieces(text)
    func withStars(_ places: Set<Int>) -> Set<Int> {
      var all = places
      for place in places {
        var place = place
        while place < pattern.count, case .star = pattern[place] {
          place += 1
          all.insert(place)
        }
      }
      return all
    }
    for byte in path.utf8 + [UInt8(ascii: "/")] {
      var next: Set<Int> = []
      for place in withStars(places) where place < pattern.count {
        switch pattern[place] {
        case .byte(let wanted): if wanted == byte { next.insert(place + 1) }
        case .star(let crossesSlash): if crossesSlash || byte != UInt8(ascii: "/") { next.insert(place) }
        }
      }
      places = next
    }
    // What is left of the pattern matches something of at least one character.
    return places.contains { $0 < pattern.count }
  }

  private enum Piece: Sendable {
    case byte(UInt8)
    case star(crossesSlash: Bool)
  }

  private static func pieces(_ text: String) -> [Piece] {
    var pieces: [Piece] = []
    for byte in text.utf8 {
      guard byte == UInt8(ascii: "*") else {
        pieces.append(.byte(byte))
        continue
      }
      if case .star = pieces.last {
        pieces[pieces.count - 1] = .star(crossesSlash: true)
      } else {
        pieces.append(.star(crossesSlash: false))
      }
    }
    return pieces
  }
}
