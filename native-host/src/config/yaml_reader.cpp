#include "config/yaml_reader.hpp"

#include <charconv>
#include <cmath>

#include "portcullis/limits.hpp"

namespace portcullis::bff {

void ProblemSink::add(Severity severity, Code code, Location where, std::string pointer,
                      std::string message) {
  if (problems_.size() > limits::kMaxConfigProblems) return;
  if (problems_.size() == limits::kMaxConfigProblems) {
    // An error, always: what was left out may have been one.
    problems_.push_back({Severity::kError,
                         Code::kConfigTooLarge,
                         {file_},
                         "",
                         "more problems were found than are listed"});
    return;
  }
  problems_.push_back({severity, code, std::move(where), std::move(pointer), std::move(message)});
}

MapReader::MapReader(const YamlNode& node, std::string pointer, ProblemSink& sink)
    : node_(&node), pointer_(std::move(pointer)), sink_(&sink), taken_(node.keys.size(), false) {
  if (!node.is_map() && !node.is_null()) {
    sink.error(Code::kConfigWrongType, node, pointer_,
               "a map is wanted here, not " + std::string(kind_name(node)));
  }
}

const YamlNode* MapReader::take(std::string_view key) {
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
  sink_->error(code, where(key), pointer_of(key), std::move(message));
}

void MapReader::warning(Code code, std::string_view key, std::string message) {
  sink_->warning(code, where(key), pointer_of(key), std::move(message));
}

void MapReader::wrong_type(std::string_view key, const YamlNode& value, std::string_view wanted) {
  std::string got =
      value.is_scalar() ? '"' + value.text.substr(0, 60) + '"' : std::string(kind_name(value));
  sink_->error(Code::kConfigWrongType, value, pointer_of(key),
               '"' + std::string(key) + "\" takes " + std::string(wanted) + ", not " + got);
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
  std::int64_t result = 0;
  const char* end = value->text.data() + value->text.size();
  const auto [last, failure] = std::from_chars(value->text.data(), end, result);
  if (!value->is_scalar() || value->quoted || failure != std::errc{} || last != end) {
    wrong_type(key, *value, "a whole number");
    return std::nullopt;
  }
  if (result < min || result > max) {
    error(Code::kConfigBadValue, key,
          '"' + std::string(key) + "\" is from " + std::to_string(min) + " to " +
              std::to_string(max));
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
  if (!value->is_scalar() || value->quoted || failure != std::errc{} || last != end ||
      !std::isfinite(result)) {
    wrong_type(key, *value, "a number");
    return std::nullopt;
  }
  if (result < min || result > max) {
    error(Code::kConfigBadValue, key, '"' + std::string(key) + "\" is out of its range");
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
      sink_->error(Code::kConfigWrongType, item, pointer_of(key) + '/' + std::to_string(i),
                   "text that is not empty is wanted here");
      continue;
    }
    result.push_back(item.text);
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
  error(Code::kConfigBadValue, key, '"' + std::string(key) + "\" is one of " + list);
  return std::nullopt;
}

void MapReader::finish() {
  for (std::size_t i = 0; i < node_->keys.size(); ++i) {
    if (taken_[i]) continue;
    sink_->warning(Code::kConfigUnknownKey, node_->keys[i], pointer_of(node_->keys[i].text),
                   "the key \"" + node_->keys[i].text + "\" is not known here and is ignored");
  }
}

}  // namespace portcullis::bff
