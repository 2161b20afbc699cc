SELECT method, version, labels, precision, recall, denominator, measured_at
FROM store.method_accuracy
