// Counts one open event stream in portcullis_streams during its lifetime. Copies the labels,
// because a stream outlives the configuration it was opened under.
#pragma once

#include <string>
#include <string_view>

#include "domain/metrics.hpp"

namespace portcullis::bff {

class StreamGauge {
 public:
  /// `kind` is a literal: "host" or "plugin".
  StreamGauge(Metrics& metrics, const PluginLabels& who, std::string_view kind)
      : metrics_(metrics),
        tenant_(who.tenant),
        plugin_id_(who.plugin_id),
        version_(who.version),
        kind_(kind) {
    metrics_.stream_opened(labels(), kind_);
  }
  ~StreamGauge() { metrics_.stream_closed(labels(), kind_); }
  StreamGauge(const StreamGauge&) = delete;
  StreamGauge& operator=(const StreamGauge&) = delete;

 private:
  PluginLabels labels() const { return {tenant_, plugin_id_, version_}; }

  Metrics& metrics_;
  std::string tenant_;
  std::string plugin_id_;
  std::string version_;
  std::string_view kind_;
};

}  // namespace portcullis::bff
