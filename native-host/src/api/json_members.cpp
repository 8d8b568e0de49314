#include "api/json_members.hpp"

#include <algorithm>

#include "base/json_writer.hpp"
#include "portcullis/nearest.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kShown = 64;

/// Quotes a client's key for a message.
std::string in_quotes(std::string_view key) {
  const nlohmann::json text(std::string(key.substr(0, kShown)));
  return text.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string pointer_of(std::string_view key) {
  std::string out;
  append_pointer(out, key.substr(0, kShown));
  return out;
}

std::string listed(const std::vector<std::string>& keys) {
  std::string out;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) out += i + 1 == keys.size() ? " and " : ", ";
    out += keys[i];
  }
  return out;
}

}  // namespace

JsonMembers::JsonMembers(const nlohmann::json& body, std::string_view what)
    : body_(body), what_(what) {
  if (!body.is_object()) problem_ = std::string(what) + " must be a JSON object";
}

void JsonMembers::refuse(std::string_view key, std::string sentence) {
  if (!ok()) return;
  problem_ = std::move(sentence);
  const nlohmann::json pointer(pointer_of(key));
  extra_ = "\"pointer\":" + pointer.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void JsonMembers::wrong(std::string_view key, std::string_view sentence) {
  refuse(key, std::string(sentence));
}

const nlohmann::json* JsonMembers::take(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (!body_.is_object()) return nullptr;
  const auto found = body_.find(key);
  return found == body_.end() ? nullptr : &*found;
}

const nlohmann::json* JsonMembers::any(std::string_view key) { return take(key); }

std::optional<std::string> JsonMembers::text(std::string_view key, std::size_t max,
                                             std::string_view form) {
  const nlohmann::json* const value = take(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string() || value->get_ref<const std::string&>().empty() ||
      value->get_ref<const std::string&>().size() > max) {
    refuse(key, std::string(key) + " must be " + std::string(form));
    return std::nullopt;
  }
  return value->get<std::string>();
}

std::optional<std::int64_t> JsonMembers::positive(std::string_view key, std::int64_t max) {
  const nlohmann::json* const value = take(key);
  if (value == nullptr) return std::nullopt;
  // An unsigned value may exceed the signed range.
  const bool fits =
      value->is_number_unsigned() && value->get<std::uint64_t>() <= static_cast<std::uint64_t>(max);
  if (!fits || value->get<std::uint64_t>() == 0) {
    refuse(key, std::string(key) + " must be a whole number from 1 to " + std::to_string(max));
    return std::nullopt;
  }
  return value->get<std::int64_t>();
}

void JsonMembers::require(std::string_view key) {
  if (take(key) == nullptr) {
    refuse(key, std::string(what_) + " needs " + std::string(key));
  }
}

void JsonMembers::finish() {
  if (!ok()) return;
  for (const auto& [key, value] : body_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string_view near = nearest(key, known_);
    std::string sentence = "unknown key " + in_quotes(key);
    if (!near.empty()) sentence.append("; did you mean \"").append(near).append("\"?");
    sentence += known_.empty()
                    ? "; " + std::string(what_) + " has no members"
                    : (near.empty() ? "; " : " ") + std::string(what_) + " takes " + listed(known_);
    refuse(key, std::move(sentence));
    return;
  }
}

}  // namespace portcullis::bff
