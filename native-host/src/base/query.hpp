// The query of the host's own endpoints: name=value pairs, read strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bff {

class Query {
 public:
  /// Percent-triplets are decoded; '+' stays '+'. A pair without '=' has an empty value; empty
  /// pairs are left out. A malformed triplet stays as it stands, so that the value equals nothing.
  /// `text` outlives this.
  explicit Query(std::string_view text);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// The value when the name stands exactly once; a view as long as this lives.
  [[nodiscard]] std::optional<std::string_view> single(std::string_view name) const;

 private:
  /// As it stands, or decoded.
  class Text {
   public:
    explicit Text(std::string_view text);
    [[nodiscard]] std::string_view view() const { return plain_ ? as_is_ : decoded_; }

   private:
    std::string_view as_is_;
    std::string decoded_;
    bool plain_;
  };
  struct Pair {
    Text name;
    Text value;
  };
  std::vector<Pair> pairs_;
};

}  // namespace portcullis::bff
