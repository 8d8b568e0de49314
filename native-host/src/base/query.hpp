// Strict query parsing for the host's own endpoints: name=value pairs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bff {

/// A parsed query. Not copyable: it owns decoded texts that views refer to.
class Query {
 public:
  /// Decodes percent-triplets; '+' stays '+'. A pair without '=' has an empty value; empty pairs
  /// are skipped. A malformed triplet is kept as is, so that the value matches nothing. `text` must
  /// outlive this.
  explicit Query(std::string_view text);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// How often the name occurs.
  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// The value if the name occurs exactly once. Valid as long as this object.
  [[nodiscard]] std::optional<std::string_view> single(std::string_view name) const;

 private:
  /// A text, decoded only if it needs to be.
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
