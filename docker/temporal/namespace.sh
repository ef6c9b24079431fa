#!/bin/sh
# Makes the namespace. Closed histories are kept 30 days: long enough to answer for, short enough for patient data.
set -eu
if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention 30d
else
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d
fi
