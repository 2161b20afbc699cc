SELECT row_number() OVER () AS id, method, version, labels, precision, recall, denominator, measured_at
FROM published.method_accuracy
