package import HTTPTypes

extension HTTPFields {
  /// The values of a field, in their order. What HTTPTypes has for it (`self[values:]`) wraps each field several times over on the way.
  package func values(of name: HTTPField.Name) -> [String] {
    var values: [String] = []
    for index in indices where self[index].name == name { values.append(self[index].value) }
    return values
  }

  /// The first value of a field, or nil without one.
  package func firstValue(of name: HTTPField.Name) -> String? {
    for index in indices where self[index].name == name { return self[index].value }
    return nil
  }
}
