#include "adapters/yaml/yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "portcullis/limits.hpp"
#include "portcullis/nearest.hpp"

namespace portcullis::bff {

void ProblemSink::add(Severity severity, Code code, Location where, std::string pointer,
                      std::string message) {
  if (problems_.size() > limits::kMaxConfigProblems) return;
  if (problems_.size() == limits::kMaxConfigProblems) {
    // Always an error: an omitted problem may have been one.
    problems_.push_back({Severity::kError,
                         Code::kConfigTooLarge,
                         {file_},
                         "",
                         "more problems were found than are listed"});
    return;
  }
  problems_.push_back({severity, code, std::move(where), std::move(pointer), std::move(message)});
}

namespace {

constexpr std::size_t kShown = 60;

std::string cut(std::string_view text) {
  if (text.size() <= kShown) return std::string(text);
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

/// A scalar as written in a flow node.
std::string written(const YamlNode& scalar) {
  const bool plain =
      !scalar.text.empty() && std::all_of(scalar.text.begin(), scalar.text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '/' || c == '-';
      });
  if (plain && !scalar.quoted) return cut(scalar.text);
  YamlNode text = scalar;
  text.kind = YamlNode::Kind::kScalar;
  text.quoted = true;
  text.text = cut(scalar.text);
  return yaml_to_json(text);
}

/// Suggests the fix of a common mistake: a value instead of a list, or a list of one instead of a
/// value.
std::string advice(std::string_view key, const YamlNode& value, std::string_view wanted) {
  const std::string name(key);
  if (wanted == "a list") {
    if (value.is_scalar()) return "; write " + name + ": [" + written(value) + ']';
    if (value.is_map()) return "; start each entry with \"- \"";
  }
  if (wanted == "a map") {
    if (value.is_list()) return "; write its keys without \"- \"";
    if (value.text.find(':') != std::string::npos) {
      return "; a key needs a space after its colon";
    }
    if (value.is_scalar() && !name.empty()) return "; write " + name + ": { key: value }";
  }
  if (wanted == "text") {
    if (value.is_list() && value.items.size() == 1 && value.items[0].is_scalar()) {
      return "; write " + name + ": " + written(value.items[0]);
    }
    if (value.is_map()) return "; quote it";
  }
  if (wanted == "true or false") {
    static const std::vector<std::string> kTrue = {"yes", "on", "y", "1"};
    static const std::vector<std::string> kFalse = {"no", "off", "n", "0"};
    std::string small = value.text;
    std::transform(small.begin(), small.end(), small.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto is_one_of = [&](const std::vector<std::string>& words) {
      return value.is_scalar() && std::find(words.begin(), words.end(), small) != words.end();
    };
    if (is_one_of(kTrue) || (value.quoted && small == "true")) return "; write " + name + ": true";
    if (is_one_of(kFalse) || (value.quoted && small == "false")) {
      return "; write " + name + ": false";
    }
  }
  if (wanted.ends_with("number") && value.quoted && is_json_number(value.text)) {
    return "; write it without quotes: " + name + ": " + value.text;
  }
  return {};
}

}  // namespace

std::string shown(const YamlNode& node) {
  return node.is_scalar() ? '"' + cut(node.text) + '"' : std::string(kind_name(node));
}

std::string dotted(std::string_view pointer) {
  std::string out;
  for (std::size_t i = 1; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      out += '.';
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      out += pointer[++i] == '1' ? '/' : '~';
    } else {
      out += pointer[i];
    }
  }
  return out;
}

namespace {

/// The one of `known` that shares two thirds of its leading letters: another ending
/// ("trusted_proxy") or a missing one ("operator_token"). Empty if it is not unique.
std::string_view same_start(std::string_view word, const std::vector<std::string>& known) {
  std::string_view best;
  std::size_t longest = 3;
  for (const std::string& candidate : known) {
    const auto end =
        std::mismatch(word.begin(), word.end(), candidate.begin(), candidate.end()).first;
    const auto shared = static_cast<std::size_t>(end - word.begin());
    if (3 * shared < 2 * std::max(word.size(), candidate.size()) || shared < longest) continue;
    best = shared > longest ? std::string_view(candidate) : std::string_view();
    longest = shared;
  }
  return best;
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         std::string_view prefix) {
  std::string_view meant = nearest(word, known);
  if (meant.empty()) meant = same_start(word, known);
  if (meant.empty()) return {};
  return "; did you mean `" + std::string(prefix) + std::string(meant) + "`?";
}

MapReader::MapReader(const YamlNode& node, std::string pointer, ProblemSink& sink)
    : node_(&node), pointer_(std::move(pointer)), sink_(&sink), taken_(node.keys.size(), false) {
  if (!node.is_map() && !node.is_null()) {
    sink.error(Code::kConfigWrongType, node, pointer_,
               "expected a map, not " + shown(node) + advice("", node, "a map"));
  }
}

const YamlNode* MapReader::take(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.emplace_back(key);
  for (std::size_t i = 0; i < node_->keys.size(); ++i) {
    if (node_->keys[i].text != key) continue;
    taken_[i] = true;
    return node_->items[i].is_null() ? nullptr : &node_->items[i];
  }
  return nullptr;
}

const YamlNode& MapReader::where(std::string_view key) const {
  const YamlNode* value = node_->find(key);
  return value == nullptr ? *node_ : *value;
}

void MapReader::error(Code code, std::string_view key, std::string message) {
  wrong_.emplace_back(key);
  sink_->error(code, where(key), pointer_of(key), std::move(message));
}

void MapReader::warning(Code code, std::string_view key, std::string message) {
  sink_->warning(code, where(key), pointer_of(key), std::move(message));
}

bool MapReader::is_wrong(std::string_view key) const {
  return std::find(wrong_.begin(), wrong_.end(), key) != wrong_.end();
}

void MapReader::wrong_type(std::string_view key, const YamlNode& value, std::string_view wanted) {
  wrong_.emplace_back(key);
  sink_->error(Code::kConfigWrongType, value, pointer_of(key),
               '"' + std::string(key) + "\" must be " + std::string(wanted) + ", not " +
                   shown(value) + advice(key, value, wanted));
}

const YamlNode* MapReader::map(std::string_view key) {
  const YamlNode* value = take(key);
  if (value == nullptr || value->is_map()) return value;
  wrong_type(key, *value, "a map");
  return nullptr;
}

const YamlNode* MapReader::list(std::string_view key) {
  const YamlNode* value = take(key);
  if (value == nullptr || value->is_list()) return value;
  wrong_type(key, *value, "a list");
  return nullptr;
}

std::optional<std::string> MapReader::text(std::string_view key) {
  const YamlNode* value = take(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_scalar()) return value->text;
  wrong_type(key, *value, "text");
  return std::nullopt;
}

std::string MapReader::required_text(std::string_view key) {
  const YamlNode* value = take(key);
  if (value != nullptr && !value->is_scalar()) {
    wrong_type(key, *value, "text");
    return {};
  }
  if (!node_->is_map() && !node_->is_null()) return {};  // reported by the constructor
  if (value == nullptr || value->text.empty()) {
    error(Code::kConfigRequired, key, '"' + std::string(key) + "\" is required");
    return {};
  }
  return value->text;
}

std::optional<bool> scalar_bool(const YamlNode& node) {
  if (!node.is_scalar() || node.quoted) return std::nullopt;
  if (node.text == "true" || node.text == "True" || node.text == "TRUE") return true;
  if (node.text == "false" || node.text == "False" || node.text == "FALSE") return false;
  return std::nullopt;
}

std::optional<bool> MapReader::boolean(std::string_view key) {
  const YamlNode* value = take(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<bool> result = scalar_bool(*value);
  if (!result) wrong_type(key, *value, "true or false");
  return result;
}

std::optional<std::int64_t> MapReader::integer(std::string_view key, std::int64_t min,
                                               std::int64_t max) {
  const YamlNode* value = take(key);
  if (value == nullptr) return std::nullopt;
  const bool number = value->is_scalar() && !value->quoted && is_json_number(value->text);
  std::int64_t result = 0;
  const char* end = value->text.data() + value->text.size();
  if (const auto [last, failure] = std::from_chars(value->text.data(), end, result);
      number && (failure != std::errc{} || last != end)) {
    // 1e3 and 1000.0 are whole numbers (RFC 8259 has one number type).
    double real = 0;
    const auto parsed = std::from_chars(value->text.data(), end, real);
    if (parsed.ec != std::errc{}) {  // 1e999: whole, and above every limit
      real = value->text.front() == '-' ? -std::numeric_limits<double>::max()
                                        : std::numeric_limits<double>::max();
    }
    if (real != std::floor(real)) {
      wrong_type(key, *value, "a whole number");
      return std::nullopt;
    }
    constexpr double kExact = 9007199254740992;  // 2^53
    result = real > kExact    ? std::numeric_limits<std::int64_t>::max()
             : real < -kExact ? std::numeric_limits<std::int64_t>::min()
                              : static_cast<std::int64_t>(real);
  }
  if (!number) {
    wrong_type(key, *value, "a whole number");
    return std::nullopt;
  }
  if (result < min || result > max) {
    error(Code::kConfigBadValue, key,
          '"' + std::string(key) + "\" must be from " + std::to_string(min) + " to " +
              std::to_string(max) + ", not " + cut(value->text));
    return std::nullopt;
  }
  return result;
}

std::optional<double> MapReader::number(std::string_view key, double min, double max) {
  const YamlNode* value = take(key);
  if (value == nullptr) return std::nullopt;
  double result = 0;
  const char* end = value->text.data() + value->text.size();
  const auto [last, failure] = std::from_chars(value->text.data(), end, result);
  if (!value->is_scalar() || value->quoted || !is_json_number(value->text) ||
      failure != std::errc{} || last != end || !std::isfinite(result)) {
    wrong_type(key, *value, "a number");
    return std::nullopt;
  }
  if (result < min || result > max) {
    std::array<char, 96> range{};
    std::snprintf(range.data(), range.size(), "\" must be from %g to %g, not ", min, max);
    error(Code::kConfigBadValue, key, '"' + std::string(key) + range.data() + cut(value->text));
    return std::nullopt;
  }
  return result;
}

std::vector<std::string> MapReader::texts(std::string_view key) {
  std::vector<std::string> result;
  const YamlNode* values = list(key);
  if (values == nullptr) return result;
  for (std::size_t i = 0; i < values->items.size(); ++i) {
    const YamlNode& item = values->items[i];
    if (!item.is_scalar() || item.text.empty()) {
      wrong_.emplace_back(key);
      sink_->error(
          Code::kConfigWrongType, item, pointer_of(key) + '/' + std::to_string(i),
          "an entry of \"" + std::string(key) + "\" must be a non-empty text, not " + shown(item));
      continue;
    }
    result.push_back(item.text);
  }
  return result;
}

std::vector<std::string> MapReader::some_texts(std::string_view key) {
  std::vector<std::string> result = texts(key);
  const YamlNode* value = node_->find(key);
  const bool there = value != nullptr && (value->is_list() || value->is_null());
  if (there && result.empty() && !is_wrong(key)) {
    error(Code::kConfigBadValue, key,
          '"' + std::string(key) + "\" is empty; remove it to mean all");
  }
  return result;
}

std::optional<std::string> MapReader::one_of(std::string_view key,
                                             std::initializer_list<std::string_view> choices) {
  std::optional<std::string> value = text(key);
  if (!value) return std::nullopt;
  std::string list;
  for (const std::string_view choice : choices) {
    if (*value == choice) return value;
    list += (list.empty() ? "" : ", ") + std::string(choice);
  }
  const std::string_view meant = nearest(*value, choices);
  error(Code::kConfigBadValue, key,
        '"' + std::string(key) + "\" must be one of " + list + ", not \"" + cut(*value) + '"' +
            (meant.empty() ? "" : "; did you mean `" + std::string(meant) + "`?"));
  return std::nullopt;
}

void MapReader::finish() {
  for (std::size_t i = 0; i < node_->keys.size(); ++i) {
    if (taken_[i]) continue;
    const std::string& key = node_->keys[i].text;
    const std::string path = dotted(pointer_);
    std::string hint;
    const std::size_t colon = key.find(':');
    if (colon != key.npos &&
        std::find(asked_.begin(), asked_.end(), key.substr(0, colon)) != asked_.end()) {
      hint = "; a key needs a space after its colon";
    }
    if (hint.empty()) hint = did_you_mean(key, asked_, path.empty() ? path : path + '.');
    if (hint.empty() && asked_.size() <= 12) {
      for (const std::string& known : asked_)
        hint += (hint.empty() ? "; known keys are " : ", ") + known;
    }
    sink_->error(Code::kConfigUnknownKey, node_->keys[i], pointer_of(key),
                 "unknown key \"" + cut(key) + "\"" + hint);
  }
}

}  // namespace portcullis::bff
