// The query of the host's own endpoints: name=value pairs, read strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::bff {

class Query {
 public:
  /// Percent-triplets are decoded; '+' stays '+'. A pair without '=' has an empty value; empty
  /// pairs are left out. A malformed triplet stays as it stands, so that the value equals nothing.
  explicit Query(std::string_view text);

  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// The value when the name stands exactly once.
  [[nodiscard]] std::optional<std::string_view> single(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace portcullis::bff
