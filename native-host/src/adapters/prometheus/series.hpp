// Caches prometheus-cpp series. Internal to the metrics. Family::Add hashes a whole label map under
// the family's lock; the cache finds a series by its label values without building a map.
#pragma once

#include <prometheus/family.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/keyed_hash.hpp"

namespace portcullis::bff {

/// The series of one family by label values, in the order of `names`. Thread-safe.
template <typename Metric>
class SeriesCache {
 public:
  SeriesCache(prometheus::Family<Metric>& family, std::vector<std::string> names)
      : family_(family), names_(std::move(names)) {}

  /// Returns the series; creates it with `args` if it is new.
  template <typename... Args>
  Metric& at(std::initializer_list<std::string_view> values, const Args&... args) {
    // Label values never contain 0x1f: they are fixed names or validated ids.
    thread_local std::string key;
    key.clear();
    for (const std::string_view value : values) key.append(value).push_back('\x1f');
    {
      const std::shared_lock lock(mutex_);
      const auto found = series_.find(key);
      if (found != series_.end()) return *found->second;
    }
    const std::unique_lock lock(mutex_);
    Metric*& place = series_[key];
    if (place == nullptr) {
      std::map<std::string, std::string> labels;
      std::size_t i = 0;
      for (const std::string_view value : values) labels.emplace(names_[i++], value);
      place = &family_.Add(labels, args...);
    }
    return *place;
  }

 private:
  prometheus::Family<Metric>& family_;
  const std::vector<std::string> names_;
  std::shared_mutex mutex_;
  KeyedMap<Metric*> series_;
};

}  // namespace portcullis::bff
