// Reads the members of a JSON object that a request carries, strictly: a key that is not known, and
// a value of another type, are refused by name. `{"versions": ["1.0.0"]}` must not come to mean the
// same as `{}`.
//
// Order of calls: read each member that may be there, then finish(); `problem()` is the first thing
// that is wrong, as a sentence.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bff {

class JsonMembers {
 public:
  /// `body` outlives it. `what` names it in sentences: "a quarantine".
  JsonMembers(const nlohmann::json& body, std::string_view what);

  /// A text of 1 to `max` bytes. Absent: nothing. `form` says what it is, for the sentence.
  std::optional<std::string> text(std::string_view key, std::size_t max, std::string_view form);
  /// A whole number from 1 to `max`.
  std::optional<std::int64_t> positive(std::string_view key, std::int64_t max);
  /// Any value; null when it is absent.
  const nlohmann::json* any(std::string_view key);
  /// The member has to be there.
  void require(std::string_view key);
  /// Something else is wrong with the member.
  void wrong(std::string_view key, std::string_view sentence);
  /// Refuses what was not asked for.
  void finish();

  [[nodiscard]] bool ok() const noexcept { return problem_.empty(); }
  /// A sentence; empty: nothing is wrong.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// `"pointer":"/key"`, for the answer; empty when it is the whole body that is wrong.
  [[nodiscard]] const std::string& extra() const noexcept { return extra_; }

 private:
  const nlohmann::json* take(std::string_view key);
  void refuse(std::string_view key, std::string sentence);

  const nlohmann::json& body_;
  const std::string_view what_;
  std::vector<std::string> known_;
  std::string problem_;
  std::string extra_;
};

}  // namespace portcullis::bff
